import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { signingFor, simulatedSecrets } from '../../src/simulate/config.ts';
import type { Simulation } from '../../src/simulate/generate.ts';
import { play, type PlayCounts, type PlayOptions } from '../../src/simulate/run.ts';
import { createDaemon, type Daemon, type DaemonOptions } from './daemon.ts';
import { newFolder, removeFolder } from './folder.ts';
import { startNats, type TestNats } from './nats.ts';
import { until } from './until.ts';

/** A daemon, its log and its folder; nothing runs yet but, for JetStream, the server. */
export interface Stage {
  readonly daemon: Daemon;
  /** For JetStream alone. */
  readonly nats: TestNats | undefined;
  /** The log through its port, for as long as it is used. The embedded one belongs to one process: the daemon must not run. */
  withLog<T>(use: (log: Log) => Promise<T>): Promise<T>;
  /** Plays to the daemon; rejects when it dies by itself. */
  play(simulation: Simulation, options?: Playing): Promise<PlayCounts>;
  dispose(): Promise<void>;
}

export type Playing = Partial<PlayOptions> & {
  /** Requests of the simulation, from one up to another; absent: all. */
  readonly part?: readonly [from: number, to: number];
};

export interface StageOptions extends Omit<DaemonOptions, 'dir' | 'natsUrl'> {
  readonly log: Log['kind'];
}

/** Runs that pipelines ask for do not begin before the test is over: they take more of the processor than the pipelines do. */
export const withoutRuns = { runs: { settle: '1h' } } as const;

/** Longer than any daemon or server is away in a test. */
const patienceMs = 300_000;

export async function createStage({ log: kind, ...options }: StageOptions): Promise<Stage> {
  const dir = newFolder();
  const nats = kind === 'jetstream' ? await startNats({ dir: join(dir, 'nats') }) : undefined;
  const daemon = await createDaemon({ ...options, dir, ...(nats && { natsUrl: nats.url }) });
  return {
    daemon,
    nats,
    async withLog(use) {
      const log = await openLog(nats?.url, daemon.data);
      try {
        return await use(log);
      } finally {
        await log.close();
      }
    },
    play: (simulation, playing) => playTo(daemon, simulation, playing),
    async dispose() {
      await daemon.dispose();
      await nats?.stop();
      removeFolder(dir);
    },
  };
}

/** Plays a simulation to a daemon, signed as its configuration wants it. */
export async function playTo(daemon: Daemon, simulation: Simulation, { part, ...more }: Playing = {}) {
  const { org } = simulation.company;
  const signing = signingFor({ org, publicUrl: daemon.url, secrets: simulatedSecrets() });
  const requests = simulation.requests(signing);
  const playing = play(part ? slice(requests, ...part) : requests, {
    url: daemon.url,
    clock: systemClock,
    patienceMs,
    ...more,
  });
  return Promise.race([playing, daemon.died]);
}

function* slice<T>(items: Iterable<T>, from: number, to: number): Generator<T> {
  let index = 0;
  for (const item of items) {
    if (index >= to) return;
    if (index >= from) yield item;
    index += 1;
  }
}

function openLog(url: string | undefined, data: string): Promise<Log> {
  const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
  const definitions = streamDefinitions();
  return url === undefined
    ? createEmbeddedLog({ path: join(data, 'log'), definitions, clock: systemClock, happened })
    : createJetStreamLog({ url, definitions, happened });
}

/** Waits until the daemon is done with all there is, by its own figures. */
export async function untilIdle(daemon: Daemon, timeoutMs = 120_000): Promise<void> {
  const idle = async () => {
    const figures = [...(await daemon.metrics())];
    const waiting = figures.filter(([name]) => name.startsWith('weir_lag_messages') || name === pending);
    return waiting.length > 0 && waiting.every(([, value]) => value === 0);
  };
  await Promise.race([until('the daemon is done with all there is', idle, timeoutMs), daemon.died]);
}

const pending = 'weir_law_events{term="pending"}';
