import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { ReadBuffer, serializeMessage, type Transport } from '@modelcontextprotocol/client';
import { messageOf } from '../../core/errors.ts';
import { cleanText } from '../clean.ts';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Largest message, bytes; who sends a larger one is ended. */
  readonly messageMax: number;
}

/**
 * A server as a child process, as the MCP library's transport. The library's own gives a child `PATH`, `HOME` and more of ours;
 * this one gives it what it is told to, puts it into a process group of its own, and ends the whole group.
 */
export interface Child extends Transport {
  readonly pid: number | null;
  /** Resolves when it is over. */
  readonly ended: Promise<Ending>;
  /** Its last words on stderr. */
  said(): string;
}

/** Why a child is over. `too-large` it sent more than it may, and was ended for it. */
export interface Ending {
  readonly kind: 'too-large' | 'gone';
  readonly why: string;
}

/** After the end of its input; then SIGTERM, then SIGKILL. */
const politeMs = 500;
const termMs = 1_500;
/** What may wait for a server that does not read, bytes. */
const unreadMax = 4 * 1024 ** 2;
/** What it may send, in messages, since it was last sent something. */
const unaskedMax = 16;

export function createChild({ command, args, env, cwd, messageMax }: ChildOptions): Child {
  const buffer = new ReadBuffer({ maxBufferSize: messageMax });
  let child: ChildProcess | undefined;
  let because: Ending | undefined;
  let unasked = 0;
  let words = '';
  let over: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => (over = resolve));

  function endNow(kind: Ending['kind'], why: string): void {
    because ??= { kind, why };
    signalGroup(child, 'SIGKILL');
  }

  function heard(chunk: Buffer): void {
    unasked += chunk.length;
    if (unasked > unaskedMax * messageMax) return endNow('gone', 'it sends without being asked');
    try {
      buffer.append(chunk);
    } catch (error) {
      return endNow('too-large', `it sent too large a message (${messageOf(error)})`);
    }
    for (;;) {
      try {
        const message = buffer.readMessage();
        if (message === null) return;
        transport.onmessage?.(message);
      } catch (error) {
        // A line that is JSON and no message: the next may be one.
        transport.onerror?.(error instanceof Error ? error : new Error(messageOf(error)));
      }
    }
  }

  function gone(code: number | null, signal: NodeJS.Signals | null): void {
    // What it left running would hold its pipes, and ours.
    signalGroup(child, 'SIGKILL');
    child?.stdout?.destroy();
    child?.stderr?.destroy();
    const why = signal === null ? `it exited with ${code}` : `it was ended by ${signal}`;
    over(because ?? { kind: 'gone', why });
    transport.onclose?.();
  }

  const transport: Child = {
    get pid() {
      return child?.pid ?? null;
    },
    ended,
    said: () => words,
    start: () =>
      new Promise((resolve, reject) => {
        const started = spawn(found(command), [...args], { cwd, env: { ...env }, detached: true, windowsHide: true });
        child = started;
        started.once('spawn', resolve);
        started.once('error', (error) => {
          reject(error);
          if (started.pid === undefined) over({ kind: 'gone', why: messageOf(error) });
        });
        started.once('exit', gone);
        started.stdout.on('data', heard);
        started.stderr.on('data', (chunk: Buffer) => {
          words = cleanText(words + chunk.toString('utf8')).slice(-wordsMax);
        });
        for (const pipe of [started.stdin, started.stdout, started.stderr]) {
          pipe.on('error', (error) => transport.onerror?.(error));
        }
      }),
    async send(message) {
      if (!child?.stdin?.writable) throw new Error('the server has ended');
      unasked = 0;
      if (child.stdin.writableLength > unreadMax) endNow('gone', 'it does not read what it is sent');
      else child.stdin.write(serializeMessage(message));
    },
    async close() {
      if (child?.pid === undefined) return;
      because ??= { kind: 'gone', why: 'it was told to end' };
      child.stdin?.end();
      const steps = [setTimeout(() => signalGroup(child, 'SIGTERM'), politeMs)];
      steps.push(setTimeout(() => signalGroup(child, 'SIGKILL'), politeMs + termMs));
      await ended;
      for (const step of steps) clearTimeout(step);
    },
  };
  return transport;
}

const wordsMax = 1_000;

function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // Nobody of the group is left, or nobody that we may end (a zombie on macOS, who became another user).
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Where a program is: its own environment may have no `PATH`, so it is looked for on ours. */
function found(command: string): string {
  if (isAbsolute(command) || command.includes('/')) return command;
  const places = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command));
  return places.find(isExecutable) ?? command;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
