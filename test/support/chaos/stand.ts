import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import { createEmbeddedLog } from '../../../src/log/embedded.ts';
import { createJetStreamLog } from '../../../src/log/jetstream.ts';
import type { Log } from '../../../src/log/log.ts';
import { streamDefinitions } from '../../../src/log/streams.ts';
import { startScript } from '../children.ts';
import { startNats } from '../nats.ts';
import { parseProgress, type Orders, type Progress } from './orders.ts';
import { askForRuns, countEnds } from './requests.ts';

/** Daemons and their log, to be struck. */
export interface Stand {
  /** Throws what went wrong meanwhile. */
  progress(): Progress;
  /** SIGKILL for one of the daemons that are at work, and another in its place; it is not waited for. False: none is at work yet. */
  kill(draw: number): boolean;
  /** SIGKILL for the log, and it comes back: on the embedded log that is the daemon itself. */
  restartLog(): Promise<void>;
  /** Ends the daemons; the log as they left it, to be closed by `close`. */
  end(): Promise<Log>;
  close(): Promise<void>;
}

export type Common = Omit<Orders, 'kind' | 'where' | 'from' | 'seed'> & { seedOf(start: number): string };

const script = fileURLToPath(new URL('daemon.ts', import.meta.url));
const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
const definitions = streamDefinitions();
const daemonsAtOnce = 2;

/** Two daemons on one nats-server; runs are asked for from here. */
export async function standOnJetStream(root: string, common: Common): Promise<Stand> {
  const nats = await startNats({ dir: join(root, 'nats') });
  const log = await createJetStreamLog({ url: nats.url, definitions, happened });
  const progress: Progress = { asked: 0, ended: 0, readTo: 0 };
  const start = starter({ ...common, kind: 'jetstream', where: nats.url });
  const nobody = { asked: 0, ended: 0, readTo: 0 };
  const daemons = await crewOf(daemonsAtOnce, () => start(nobody, () => undefined));
  let failure: unknown;
  const working = Promise.all([
    askForRuns(log, { from: 0, to: common.runs, asked: (count) => (progress.asked = count) }),
    countEnds(log, {
      after: 0,
      saw(ends, sequence) {
        progress.ended += ends;
        progress.readTo = sequence;
      },
    }),
  ]).catch((error: unknown) => (failure = error));
  return {
    progress() {
      daemons.check();
      if (failure) throw failure;
      return progress;
    },
    kill: daemons.kill,
    restartLog: () => nats.restart(),
    async end() {
      await daemons.end();
      return log;
    },
    async close() {
      await daemons.end();
      await log.close();
      await working;
      await nats.stop();
    },
  };
}

/** One daemon with the log in it. */
export async function standOnEmbedded(root: string, common: Common): Promise<Stand> {
  const path = join(root, 'log');
  const start = starter({ ...common, kind: 'embedded', where: path });
  let progress: Progress = { asked: 0, ended: 0, readTo: 0 };
  const heard = (now: Progress) => void (progress = now);
  const daemon = await crewOf(1, () => start(progress, heard));
  let log: Log | undefined;
  return {
    progress() {
      daemon.check();
      return progress;
    },
    kill: daemon.kill,
    async restartLog() {
      await daemon.settled();
      daemon.kill(0);
      await daemon.settled();
    },
    async end() {
      await daemon.end();
      log = await createEmbeddedLog({ path, definitions, clock: systemClock, happened });
      return log;
    },
    async close() {
      await daemon.end();
      await log?.close();
    },
  };
}

/** So many daemons, each with another in its place once it is killed. */
async function crewOf(count: number, start: () => Promise<ChildProcess>) {
  let failure: unknown;
  const struck = new Set<ChildProcess>();
  /** One that ends by itself would look like runs that hang. */
  const watched = (child: ChildProcess): ChildProcess =>
    child.once('exit', (code) => {
      if (!struck.has(child)) failure ??= new Error(`a daemon ended by itself, with code ${code}`);
    });
  const begin = async () => watched(await start());
  const atWork = await Promise.all(Array.from({ length: count }, begin));
  const replacing = new Set<Promise<void>>();
  const killed = (child: ChildProcess): Promise<void> => kill(child, struck);
  async function replace(child: ChildProcess): Promise<void> {
    try {
      await killed(child);
      atWork.push(await begin());
    } catch (error) {
      failure = error;
    }
  }
  const settled = async () => void (await Promise.all(replacing));
  return {
    kill(draw: number): boolean {
      const [child] = atWork.splice(Math.floor(draw * atWork.length), 1);
      if (!child) return false;
      const replaced = replace(child).finally(() => replacing.delete(replaced));
      replacing.add(replaced);
      return true;
    },
    check(): void {
      if (failure) throw failure;
    },
    /** Resolves when all are at work. */
    settled,
    async end(): Promise<void> {
      await settled();
      await Promise.all(atWork.map(killed));
    },
  };
}

/** Starts daemons, each with chances of its own; resolves when one is at work. */
function starter({ seedOf, ...common }: Common & Pick<Orders, 'kind' | 'where'>) {
  let started = 0;
  return async (from: Progress, heard: (progress: Progress) => void): Promise<ChildProcess> => {
    started += 1;
    const orders: Orders = { ...common, seed: seedOf(started), from };
    const child = startScript(script, [JSON.stringify(orders)]);
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => heard(parseProgress(line)));
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('a daemon ended before it was at work'))),
    ]);
    return child;
  };
}

async function kill(child: ChildProcess, struck: Set<ChildProcess>): Promise<void> {
  struck.add(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
