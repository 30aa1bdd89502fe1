import type { Clock } from '../../core/clock.ts';
import { isWeirError, WeirError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';
import type { Service } from '../../core/service.ts';
import type { Log } from '../../log/log.ts';
import { positionAt } from '../../log/position.ts';
import type { Store } from '../store.ts';
import type { BatchLimits } from './batch.ts';
import { follow } from './follow.ts';
import type { ArchiveHappenings } from './happenings.ts';
import { isPassing, reasonOf } from './insert.ts';
import { claim, type Account, type Ledger } from './ledger.ts';
import { RewriterLost, type Rewriter } from './rewriter/rewriter.ts';
import { archivedStreams, type ArchivedStream } from './tables/rewriting.ts';
import { rewritings } from './tables/rewritings.ts';

export interface ArchiveDeps {
  readonly log: Log;
  readonly store: Pick<Store, 'insert'>;
  /** Closed by whoever made it, after the archive stopped. */
  readonly rewriter: Rewriter;
  readonly clock: Clock;
  readonly happened: ArchiveHappenings;
  /** A name of its own per process and start: tells this archive from the one before it. */
  readonly owner: string;
  readonly limits?: Partial<BatchLimits>;
  /** Work in flight is finished within this on stop, when ClickHouse is there. What is not, is repeated on the next start. */
  readonly drainMs?: number;
  /** Waits between attempts; resolves early when the signal says so. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The reader of the log that fills the store. Its bookkeeping is here; the rows are made by the rewriter. */
export interface Archive extends Service {
  /** What is certain of a stream: position, counts by org and source, losses. Undefined before `start` claimed it. */
  account(stream: ArchivedStream): Account | undefined;
  /** Streams it does not follow (any more) though it was started: fenced, or failed. Not ready then. */
  stopped(): readonly ArchivedStream[];
  /** Whether ClickHouse or the log is away at the moment, by stream. */
  delayed(stream: ArchivedStream): boolean;
}

export const defaultBatchLimits: BatchLimits = { maxRows: 20_000, maxAgeMs: 1_000, maxBytes: 32 * 1024 ** 2 };

/** Between attempts; doubled each time up to the longest. */
const retryMs = { first: 250, longest: 15_000 };

/** Archives EVENTS, SIGNALS, ALERTS, RUNS, DEADLETTERS and AUDIT: each event exactly once, as read with `final = 1`. */
export function createArchive(deps: ArchiveDeps): Archive {
  const { log, store, rewriter, clock, happened, owner, drainMs = 5_000 } = deps;
  const limits = { ...defaultBatchLimits, ...deps.limits };
  const wait = deps.wait ?? pause;
  const reading = new AbortController();
  const working = new AbortController();
  const ledgers = new Map<ArchivedStream, Ledger>();
  const stopped = new Set<ArchivedStream>();
  const delayed = new Set<ArchivedStream>();
  let followers: readonly Promise<void>[] = [];

  /** Tries for ever what may succeed later, and says so once it takes a second attempt. */
  const persistFor =
    (stream: ArchivedStream) =>
    async <T>(attempt: () => Promise<T>): Promise<T> => {
      let since: number | undefined;
      for (let delayMs = retryMs.first; ; delayMs = Math.min(delayMs * 2, retryMs.longest)) {
        try {
          const result = await unlessAborted(attempt(), working.signal);
          if (since !== undefined) happened.archiveResumed(stream, clock.now() - since);
          delayed.delete(stream);
          return result;
        } catch (error) {
          if (!isPassing(error)) throw error;
          since ??= clock.now();
          delayed.add(stream);
          happened.archiveDelayed(stream, reasonOf(error), delayMs);
        }
        await wait(delayMs, working.signal);
      }
    };

  /** Follows a stream, and goes on where the rewriter was lost: as after a crash, but once from a position. */
  const followOn = async (stream: ArchivedStream, ledger: Ledger) => {
    const persist = persistFor(stream);
    const rewriting = rewritings[stream];
    const deps = { log, store, rewriter, clock, happened, limits, ledger, persist, rewriting, signal: reading.signal };
    for (let lostAt = -1; ; lostAt = ledger.account.position.sequence) {
      try {
        await follow(deps);
        return;
      } catch (error) {
        const another = lostAt === ledger.account.position.sequence;
        if (!(error instanceof RewriterLost) || another) throw error;
        happened.rewriterLost(stream, error);
      }
    }
  };

  const run = async (stream: ArchivedStream, ledger: Ledger) => {
    try {
      await followOn(stream, ledger);
    } catch (error) {
      if (working.signal.aborted) return;
      stopped.add(stream);
      if (isWeirError(error, 'fenced')) happened.archiveFenced(stream);
      else happened.archiveFailed(stream, error);
    }
  };

  return {
    name: 'archive',
    start: async () => {
      for (const stream of archivedStreams) {
        const fresh = await positionAt(log, stream);
        ledgers.set(stream, await claim(log.kv, stream, owner, fresh));
      }
      followers = [...ledgers].map(([stream, ledger]) => run(stream, ledger));
    },
    stop: async () => {
      reading.abort();
      const patience = new AbortController();
      const done = Promise.all(followers);
      await Promise.race([done, pause(drainMs, patience.signal)]);
      patience.abort();
      working.abort();
      await done;
    },
    account: (stream) => ledgers.get(stream)?.account,
    stopped: () => [...stopped],
    delayed: (stream) => delayed.has(stream),
  };
}

/** The work's result, or a rejection as soon as nobody waits for it any more. (`Promise.race` would keep a trace of each.) */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new WeirError('fenced', 'The archive was stopped.'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
