import { randomUUID } from 'node:crypto';
import { createAlerts } from '../../../src/alerts/service.ts';
import { configOf } from '../../../src/config/load.ts';
import { systemClock as clock } from '../../../src/core/clock.ts';
import { durationMs } from '../../../src/core/duration.ts';
import type { Log, StreamName } from '../../../src/log/log.ts';
import type { Happened } from '../../../src/observe/happened.ts';
import { archiveLimits, pipelinesOf } from '../../../src/parts.ts';
import { createPipelineDeadLetters, inTurn } from '../../../src/pipeline/dead-letters.ts';
import type { Pipeline } from '../../../src/pipeline/define.ts';
import { createPipelines, type Effects } from '../../../src/pipeline/run.ts';
import { defaultLimits } from '../../../src/pipeline/state.ts';
import { createArchive } from '../../../src/store/clickhouse/archive.ts';
import type { Rewriter } from '../../../src/store/clickhouse/rewriter/rewriter.ts';
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
  readonly rewriter: Rewriter;
}

/** The pipelines that come with weir. */
export const itsParts = async (): Promise<Parts> => ({
  pipelines: await pipelinesOf(config),
  happened: silent(),
  rewriter: createThreadedRewriter(),
});

/** Works a log off as the daemon does behind its door: pipelines, commits, alerts, archive. Resolves when all of it is in ClickHouse. */
export async function workOff(log: Log, store: Store, events: number, parts: Parts): Promise<void> {
  const { happened, rewriter } = parts;
  const alerts = createAlerts({
    log,
    clock,
    happened: happened.alerts,
    retentionMs: durationMs(config.retention.alertsMaxAge),
  });
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
  await archive.start();
  await runPipelines(log, events, parts, inTurn(alerts, createPipelineDeadLetters(log)));
  const last = await endsOf(log);
  knowEnds(last);
  await until(() => archivedStreams.every((stream) => reached(stream) >= (last.get(stream) ?? 0)));
  await archive.stop();

  function reached(stream: (typeof archivedStreams)[number]): number {
    return archive.account(stream)?.position.sequence ?? 0;
  }
}

/** The pipelines over so many events, commits written and effects applied. */
export async function runPipelines(
  log: Log,
  events: number,
  { pipelines, happened }: Pick<Parts, 'pipelines' | 'happened'>,
  effects: Effects = { apply: async () => undefined },
): Promise<void> {
  let failure: unknown;
  const runtime = createPipelines({
    log,
    pipelines,
    partitions: config.partitions,
    effects,
    clock,
    happened: happened.pipelines,
    limits: defaultLimits,
    settings: { expireAfter: config.alerts.expireAfter },
    snapshotEveryMs: durationMs(config.pipeline.snapshotEvery),
    snapshotEveryRecords: config.pipeline.snapshotEvents,
    idleTimers: false,
    failed(error) {
      failure = error;
    },
  });
  await runtime.start();
  await until(() => {
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

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
}

const lookEveryMs = 2;
