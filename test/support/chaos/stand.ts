import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import { createEmbeddedLog } from '../../../src/log/embedded.ts';
import { createJetStreamLog } from '../../../src/log/jetstream.ts';
import type { Log } from '../../../src/log/log.ts';
import { streamDefinitions } from '../../../src/log/streams.ts';
import { startNats } from '../nats.ts';
import { parseProgress, type Orders, type Progress } from './orders.ts';
import { askForRuns, countEnds } from './requests.ts';

/** Daemons and their log, to be struck. */
export interface Stand {
  progress(): Progress;
  /** SIGKILL for one of the daemons, and another in its place. */
  kill(draw: number): Promise<void>;
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
  const daemons = await Promise.all(Array.from({ length: daemonsAtOnce }, () => start(nobody, () => undefined)));
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
      if (failure) throw failure;
      return progress;
    },
    async kill(draw) {
      const index = Math.floor(draw * daemons.length);
      await killed(daemons[index]);
      daemons[index] = await start(nobody, () => undefined);
    },
    restartLog: () => nats.restart(),
    async end() {
      await Promise.all(daemons.map(killed));
      return log;
    },
    async close() {
      await Promise.all(daemons.map(killed));
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
  let daemon = await start(progress, heard);
  let log: Log | undefined;
  const again = async () => {
    await killed(daemon);
    daemon = await start(progress, heard);
  };
  return {
    progress: () => progress,
    kill: again,
    restartLog: again,
    async end() {
      await killed(daemon);
      log = await createEmbeddedLog({ path, definitions, clock: systemClock, happened });
      return log;
    },
    async close() {
      await killed(daemon);
      await log?.close();
    },
  };
}

/** Starts daemons, each with chances of its own; resolves when one is at work. */
function starter({ seedOf, ...common }: Common & Pick<Orders, 'kind' | 'where'>) {
  let started = 0;
  return async (from: Progress, heard: (progress: Progress) => void): Promise<ChildProcess> => {
    started += 1;
    const orders: Orders = { ...common, seed: seedOf(started), from };
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(orders)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => heard(parseProgress(line)));
    await Promise.race([
      once(lines, 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error('a daemon ended before it was at work'))),
    ]);
    return child;
  };
}

async function killed(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
