import type { Audit } from './audit/audit.ts';
import type { BodiesInFlight } from './http/raw-body.ts';
import type { Seen } from './intake/seen.ts';
import type { Log } from './log/log.ts';
import type { StreamDefinition } from './log/streams.ts';
import type { Figures } from './observe/figures.ts';
import type { Happened } from './observe/happened.ts';
import type { Health } from './observe/health.ts';
import { batchesUnapplied } from './pipeline/run.ts';
import type { Archive } from './store/clickhouse/archive.ts';
import type { Hub } from './push/hub.ts';
import type { Runs } from './runs.ts';
import type { PipelineThreads } from './runtime/threads.ts';
import type { Asking } from './store/store.ts';
import { archivedStreams } from './store/clickhouse/tables/rewriting.ts';

/** Parts without which the daemon ends. */
export type FailingPart = 'pipelines' | 'push' | 'runs';

/** The first part that cannot go on: one cause may stop several. */
export function createFailure() {
  let first: FailingPart | undefined;
  let fail: (why: unknown) => void = () => undefined;
  const failed = new Promise<unknown>((resolve) => {
    fail = resolve;
  });
  return {
    /** Resolves with why. */
    failed,
    stoppedBy: () => first,
    /** For a part to call when it cannot go on. */
    stopping: (part: FailingPart, tell: (why: unknown) => void) => (why: unknown) => {
      if (first) return;
      first = part;
      tell(why);
      fail(why);
    },
  };
}

export interface Watched {
  readonly log: Log;
  readonly archive: Archive;
  readonly audit: Pick<Audit, 'waiting'>;
  readonly seen: Seen;
  readonly runtime: Pick<PipelineThreads, 'stands' | 'models'>;
  readonly orgs: readonly string[];
  /** Entities remembered at most, in all partitions. */
  readonly entitiesMax: number;
  readonly asking: Pick<Asking, 'running'>;
  readonly streams: readonly StreamDefinition[];
  readonly hub: Pick<Hub, 'limits' | 'held'>;
  readonly runs: Pick<Runs, 'open' | 'investigated'>;
  readonly bodies: Pick<BodiesInFlight, 'bytes' | 'bytesMax'>;
  /** Names of the pipelines that run. */
  readonly names: readonly string[];
  /** The part that cannot go on, and for whose sake the daemon ends; undefined while all can. */
  stoppedBy(): FailingPart | undefined;
  figures(): Promise<Figures>;
}

/** What `/readyz` and `/metrics` ask of the parts, and no happening tells. */
export function watch(
  health: Health,
  { watches }: Happened,
  {
    log,
    archive,
    audit,
    seen,
    runtime,
    orgs,
    entitiesMax,
    asking,
    names,
    streams,
    hub,
    runs,
    bodies,
    stoppedBy,
    figures,
  }: Watched,
): void {
  health.register('log', () =>
    part(log.healthy(), 'it answers', 'it cannot be reached; weir goes on by itself when it can'),
  );
  health.register('intake', () =>
    part(seen.ready(), 'it takes events', 'what was seen before is being read from the log'),
  );
  health.register('pipelines', () => part(stoppedBy() !== 'pipelines', 'they run', 'they stopped; the log says why'));
  health.register('push', () =>
    part(stoppedBy() !== 'push', 'it tells alerts', 'it stopped; the log says why, and weir ends'),
  );
  health.register('runs', () =>
    part(stoppedBy() !== 'runs', 'agents are at work', 'they stopped; the log says why, and weir ends'),
  );
  health.register('archive', () => {
    const stopped = archive.stopped();
    // ClickHouse being away delays the archive and nothing else: weir is ready all the same.
    const waiting = archivedStreams.some((stream) => archive.delayed(stream));
    const well = waiting ? 'it waits for ClickHouse; what comes in is kept in the log' : 'it follows the log';
    return part(stopped.length === 0, well, `it does not follow ${stopped.join(', ')} any more; the log says why`);
  });

  watches.law(figures);
  // Where they stand first: what comes meanwhile lies before them.
  const unread = async () => {
    const { reached } = await runtime.stands();
    return { lag: (await log.info('EVENTS')).lastSequence - reached.sequence, watermarkMs: reached.storedAt };
  };
  watches.lag('pipelines', async () => (await unread()).lag);
  watches.pipelines(names, unread);
  watches.models(orgs, (org) => runtime.models(org));
  watches.queue('INTAKE', async () => (await log.info('INTAKE')).messages);
  watches.queue('WORK', () => log.work.waiting());
  watches.queue('runs', () => runs.open().waiting);
  watches.queue('questions', () => asking.running());
  watches.queue('audit', () => audit.waiting());
  const { limits, held } = hub;
  watches.bound('pipeline_unapplied_batches', batchesUnapplied, async () => (await runtime.stands()).unapplied);
  watches.bound('pipeline_entities', entitiesMax, async () => (await runtime.stands()).entities);
  watches.bound('bodies_bytes', bodies.bytesMax, () => bodies.bytes);
  watches.bound('push_connections', limits.connectionsMax, () => held().connections);
  watches.bound('push_ring_transitions', limits.ringMax, () => held().transitions);
  watches.bound('push_ring_bytes', limits.ringBytesMax, () => held().bytes);
  watches.lag('investigations', async () => (await log.info('RUNS')).lastSequence - runs.investigated());
  for (const { name, maxBytes } of streams) watches.stream(name, maxBytes, () => log.info(name));
  for (const stream of archivedStreams) {
    watches.lag(`archive ${stream}`, async () => {
      const { lastSequence } = await log.info(stream);
      return lastSequence - (archive.account(stream)?.position.sequence ?? 0);
    });
  }
}

const part = (ready: boolean, well: string, ill: string) => ({ ready, reason: ready ? well : ill });
