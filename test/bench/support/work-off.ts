import { randomUUID } from 'node:crypto';
import { createAlerts } from '../../../src/alerts/service.ts';
import { configOf } from '../../../src/config/load.ts';
import { systemClock as clock } from '../../../src/core/clock.ts';
import { durationMs } from '../../../src/core/duration.ts';
import type { Log, SharedLog, StreamName } from '../../../src/log/log.ts';
import type { Happened } from '../../../src/observe/happened.ts';
import { archiveLimits, pipelineSettings, pipelinesOf } from '../../../src/parts.ts';
import { createPipelineDeadLetters, inTurn } from '../../../src/pipeline/dead-letters.ts';
import type { Pipeline } from '../../../src/pipeline/define.ts';
import type { Effects } from '../../../src/pipeline/effects.ts';
import { createPipelines } from '../../../src/pipeline/run.ts';
import { openPipelineThreads } from '../../../src/runtime/threads.ts';
import { createArchive } from '../../../src/store/clickhouse/archive.ts';
import { createThreadedRewriter } from '../../../src/store/clickhouse/rewriter/threaded.ts';
import { archivedStreams } from '../../../src/store/clickhouse/tables/rewriting.ts';
import type { Store } from '../../../src/store/store.ts';
import { ending, type Ends } from './ending.ts';
import { silent } from './silent.ts';

const config = configOf();

/** What is made once, however many logs are worked off. */
export interface Parts {
  readonly pipelines: readonly Pipeline[];
  readonly happened: Happened;
}

/** The pipelines that come with weir. */
export const itsParts = async (): Promise<Parts> => ({ pipelines: await pipelinesOf(config), happened: silent() });

/**
 * Works logs off as the daemon does behind its door: pipelines, commits, alerts, archive. Resolves when all of it is in ClickHouse. Its
 * threads are kept from one log to the next, and stay warm.
 */
export function createWorkOff() {
  const happened = silent();
  const rewriter = createThreadedRewriter();
  let failure: unknown;
  let current: Log | undefined;
  const now = () => {
    if (!current) throw new Error('There is no log to work off.');
    return current;
  };
  const kind = 'embedded' as const;
  const log: SharedLog = {
    kind,
    append: (message) => now().append(message),
    read: (...asked) => now().read(...asked),
    at: (...asked) => now().at(...asked),
    next: (...asked) => now().next(...asked),
    last: (...asked) => now().last(...asked),
    info: (...asked) => now().info(...asked),
    get kv() {
      return now().kv;
    },
    get blobs() {
      return now().blobs;
    },
  };
  const runtime = openPipelineThreads({
    ...settings,
    log,
    clock,
    happened: happened.pipelines,
    failed(error) {
      failure = error;
    },
  });

  async function workOff(log: Log, store: Store, events: number): Promise<void> {
    const retentionMs = durationMs(config.retention.alertsMaxAge);
    const alerts = createAlerts({ log, clock, happened: happened.alerts, retentionMs });
    let knowEnds: (ends: Ends) => void = () => undefined;
    const ends = new Promise<Ends>((resolve) => {
      knowEnds = resolve;
    });
    const archive = createArchive({
      log: ending(log, ends),
      store,
      rewriter,
      clock,
      happened: happened.archive,
      owner: randomUUID(),
      limits: archiveLimits(config),
    });
    current = log;
    await archive.start();
    await runtime.start(inTurn(alerts, createPipelineDeadLetters(log)));
    await until(async () => {
      if (failure) throw failure;
      return (await runtime.stands()).reached.sequence >= events;
    });
    await runtime.stop();
    const last = await endsOf(log);
    knowEnds(last);
    const reached = (stream: (typeof archivedStreams)[number]): number =>
      archive.account(stream)?.position.sequence ?? 0;
    await until(async () => archivedStreams.every((stream) => reached(stream) >= (last.get(stream) ?? 0)));
    await archive.stop();
  }

  return {
    workOff,
    async close() {
      await runtime.end();
      await rewriter.close();
    },
  };
}

const settings = { ...pipelineSettings(config), idleTimers: false };

/** The pipelines over so many events in this thread, where they can be looked at; commits written. */
export async function runPipelines(
  log: Log,
  events: number,
  { pipelines, happened }: Pick<Parts, 'pipelines' | 'happened'>,
): Promise<void> {
  let failure: unknown;
  const effects: Effects = { apply: async () => undefined };
  const runtime = createPipelines({
    ...settings,
    log,
    pipelines,
    effects,
    clock,
    happened: happened.pipelines,
    failed(error) {
      failure = error;
    },
  });
  await runtime.start();
  await until(async () => {
    if (failure) throw failure;
    return runtime.reached().sequence >= events;
  });
  await runtime.stop();
}

async function endsOf(log: Log): Promise<Ends> {
  const ends = new Map<StreamName, number>();
  for (const stream of archivedStreams) ends.set(stream, (await log.info(stream)).lastSequence);
  return ends;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
}

const lookEveryMs = 2;
