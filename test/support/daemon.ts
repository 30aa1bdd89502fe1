import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Company } from '../../src/simulate/company.ts';
import { minded } from './children.ts';
import { configText, environment } from './daemon-config.ts';
import { newFolder, removeFolder } from './folder.ts';
import { freePort } from './port.ts';
import { until } from './until.ts';

/** A real `weir start`, as a child process of the test, on a port and in a folder that stay the same however often it dies. */
export interface Daemon {
  readonly url: string;
  /** The data folder. */
  readonly data: string;
  /** Its lines, of all its lives, the last {@link linesMax}. */
  readonly lines: readonly Line[];
  readonly pid: number;
  /** Rejects when it ends without having been told to. */
  readonly died: Promise<never>;
  /** Starts it; resolves when it is ready. */
  start(): Promise<void>;
  /** Starts it, and does not wait. */
  launch(): Promise<void>;
  ready(): Promise<void>;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  pause(): void;
  resume(): void;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Resolves with its exit code when it ends by itself, as a test expects it to. */
  ended(): Promise<number | null>;
  /** What `/metrics` says now, by name and labels as they stand there: `weir_law_events{term="pending"}`. */
  metrics(): Promise<ReadonlyMap<string, number>>;
  /** Ends it and removes its folder, if it made it. */
  dispose(): Promise<void>;
}

/** One line of its log. */
export interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface DaemonOptions {
  /** Whose webhooks it takes. */
  readonly company: Company;
  /** Kept by `dispose` when given. */
  readonly dir?: string;
  readonly natsUrl?: string;
  readonly clickhouseUrl?: string;
  /** `orgs`: in place of the company's own. */
  readonly config?: Omit<ConfigInput, 'data' | 'log' | 'store'>;
}

const main = new URL('../../dist/src/main.js', import.meta.url).pathname;
const readyWithinMs = 60_000;
const linesMax = 5_000;

/** Writes the configuration of a daemon; starts nothing. */
export async function createDaemon(options: DaemonOptions): Promise<Daemon> {
  const dir = options.dir ?? newFolder();
  const data = join(dir, 'data');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(dir, 'weir.yaml');
  mkdirSync(dir, { recursive: true });
  writeFileSync(config, configText(options, data, port));

  const lines: Line[] = [];
  let child: ChildProcess | undefined;
  let told = true;
  let fail: (why: Error) => void = () => undefined;
  const died = new Promise<never>((_, reject) => {
    fail = reject;
  });
  // Whoever waits for the daemon races it; a test that does not may never look.
  died.catch(() => undefined);

  const running = (): ChildProcess => {
    if (!child) throw new Error('the daemon does not run');
    return child;
  };
  const isOver = () => !child || child.exitCode !== null || child.signalCode !== null;

  async function launch(): Promise<void> {
    if (!isOver()) throw new Error('the daemon runs already');
    told = false;
    const started = minded(
      spawn(process.execPath, [...weirCommand(), 'start', '--config', config], {
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
    child = started;
    createInterface({ input: started.stderr }).on('line', (line) => {
      lines.push(lineOf(line));
      if (lines.length > linesMax) lines.shift();
    });
    started.once('exit', () => {
      if (!told) fail(new Error(`the daemon ended by itself:\n${tail(lines)}`));
    });
    await once(started, 'spawn');
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (isOver()) return child?.exitCode ?? null;
    told = true;
    const ending = running();
    const closed = once(ending, 'close');
    ending.kill(signal);
    await closed;
    return ending.exitCode;
  }

  async function ready(): Promise<void> {
    const answers = () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    const waiting = until('the daemon is ready', async () => isOver() || answers(), readyWithinMs);
    await waiting.catch((error: unknown) => {
      throw new Error(`${String(error)}\n${tail(lines)}`);
    });
    if (isOver()) throw new Error(`the daemon did not start:\n${tail(lines)}`);
  }

  return {
    url,
    data,
    lines,
    died,
    launch,
    ready,
    get pid() {
      return running().pid ?? 0;
    },
    async start() {
      await launch();
      await ready();
    },
    async kill() {
      await end('SIGKILL');
    },
    pause: () => void running().kill('SIGSTOP'),
    resume: () => void running().kill('SIGCONT'),
    stop: () => end('SIGTERM'),
    async ended() {
      told = true;
      if (!isOver()) await once(running(), 'close');
      return running().exitCode;
    },
    async metrics() {
      const answer = await fetch(`${url}/metrics`);
      if (!answer.ok) throw new Error(`/metrics answers ${answer.status}`);
      return figuresIn(await answer.text());
    },
    async dispose() {
      await end('SIGKILL');
      if (options.dir === undefined) removeFolder(dir);
    },
  };
}

/** What Node is to run for `weir`; throws where it is not built. */
export function weirCommand(): readonly string[] {
  if (!existsSync(main)) throw new Error('dist/ is missing, and real processes run from it: npm run build');
  return [main];
}

function lineOf(text: string): Line {
  try {
    return { level: 'none', msg: text, ...JSON.parse(text) };
  } catch {
    // Not of its log: a stack trace of Node, or a library's word.
    return { level: 'none', msg: text };
  }
}

function tail(lines: readonly Line[]): string {
  return lines
    .slice(-20)
    .map((line) => JSON.stringify(line).slice(0, 2_000))
    .join('\n');
}

function figuresIn(text: string): ReadonlyMap<string, number> {
  const figures = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    figures.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}
