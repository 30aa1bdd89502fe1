import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { pause } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { positionAt, stillStands, verify, type Position } from '../log/position.ts';
import { duplicateWindowMs } from '../log/streams.ts';
import { parseEventSubject } from '../log/subjects.ts';
import type { IntakeHappenings } from './happenings.ts';
import { openSeenStore, type SeenId, type SeenStore } from './seen-store.ts';

export interface SeenDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Folder of its own; made where it is absent, and made anew from the log where it is lost. */
  readonly path: string;
  /** How long an origin's ids are remembered, ms; 0: not at all. */
  readonly horizonMs: (origin: string) => number;
  /** Beyond it the ids that expire first are forgotten, and said. About 60 bytes of disk each. */
  readonly maxPerOrg: number;
  /**
   * Pause once it has kept up, ms: many small transactions cost more than what they write, and on JetStream what is read as it comes
   * costs 20 µs a message more than what is read together. Far below half the log's window.
   */
  readonly pauseMs?: number;
  readonly happened: Pick<IntakeHappenings, 'seenRebuilt' | 'seenSize' | 'seenEvicted' | 'seenFailed'>;
}

export const defaultSeenPerOrg = 1_000_000;

/**
 * What has been seen before: a projection of EVENTS on local disk, asked before the append. The log itself knows ids for
 * ten minutes; this knows them for as long as their source repeats. Two equal events at once are the log's to tell apart.
 */
export interface Seen extends Service {
  /** Whether the event with that id is in the log already. */
  has(id: string): boolean;
  /** False while what it knows is older than half the log's own window: then the two might not meet. */
  ready(): boolean;
}

/** Messages read at once: they are held only until their ids are noted. */
const readMax = 500;
/** Ids written at once. */
const writeMax = 5_000;
/** How often it looks whether it has kept up while nothing comes. */
const idleMs = 1_000;
const defaultPauseMs = 2_000;
/** Wait before a batch is written again that the disk did not take. */
const retryMs = 1_000;

export function createSeen(deps: SeenDeps): Seen {
  const { log, clock, path, maxPerOrg, happened } = deps;
  const store = openSeenStore(path, maxPerOrg);
  const stopping = new AbortController();
  /** Everything stored in the log before this moment is known here. */
  let knownUpTo = -Infinity;
  let reader: LogReader | undefined;
  let following: Promise<void> | undefined;

  async function begin(): Promise<Position> {
    const from = await verified(store, deps);
    const asked = clock.now();
    const { lastSequence } = await log.info('EVENTS');
    if (from.sequence >= lastSequence) knownUpTo = asked;
    reader = log.read('EVENTS', { after: from.sequence, maxMessages: readMax });
    return from;
  }

  /** Follows the log until it is told to stop. Where reading fails (a restored log), nothing counts as known until it has begun anew. */
  async function run(from: Position): Promise<void> {
    for (let position: Position | undefined = from; !stopping.signal.aborted; position = undefined) {
      try {
        position ??= await begin();
        if (reader) {
          await follow(reader, store, position, deps, stopping.signal, (moment) => {
            knownUpTo = moment;
          });
        }
      } catch (error) {
        if (stopping.signal.aborted) return;
        knownUpTo = -Infinity;
        happened.seenFailed(messageOf(error), retryMs);
        await reader?.close();
        await pause(retryMs, stopping.signal);
      }
    }
  }

  return {
    name: 'seen',
    has: (id) => {
      const until = store.until(id);
      return until !== undefined && until > clock.now();
    },
    ready: () => clock.now() - knownUpTo <= duplicateWindowMs / 2,
    start: async () => {
      following = run(await begin());
    },
    stop: async () => {
      stopping.abort();
      await reader?.close();
      await following;
      await store.close();
    },
  };
}

/** The position to go on from. Where it does not fit the log, everything is forgotten and read again. */
async function verified(store: SeenStore, { log, happened }: SeenDeps): Promise<Position> {
  const position = store.position();
  const verdict = position && (await verify(log, 'EVENTS', position));
  // `trimmed`: what the log has dropped is older than any source repeats.
  if (position && verdict && stillStands(verdict)) return position;
  if (verdict) {
    happened.seenRebuilt(verdict);
    await store.clear();
  }
  return positionAt(log, 'EVENTS');
}

async function follow(
  reader: LogReader,
  store: SeenStore,
  { created }: Position,
  deps: SeenDeps,
  stopping: AbortSignal,
  knowUpTo: (moment: number) => void,
): Promise<void> {
  const { clock, log, horizonMs } = deps;
  let noted: SeenId[] = [];
  let through: LogMessage | undefined;
  while (!stopping.aborted) {
    const asked = clock.now();
    const batch = await reader.next({ waitMs: idleMs });
    for (const message of batch) {
      const seen = seenIn(message, horizonMs, asked);
      if (seen) noted.push(seen);
    }
    through = batch.at(-1) ?? through;
    const keptUp = batch.length < readMax;
    if (through && (keptUp || noted.length >= writeMax)) {
      const { sequence, storedAt } = through;
      await remember(noted, { created, sequence, storedAt }, store, deps, stopping);
      noted = [];
      through = undefined;
      knowUpTo(storedAt);
    }
    if (batch.length === 0 && log.healthy()) knowUpTo(asked);
    if (batch.length > 0 && keptUp) await pause(deps.pauseMs ?? defaultPauseMs, stopping);
  }
}

/** Writes what was noted, however often it takes: while the disk refuses, what is known grows old and intake stops being ready. */
async function remember(
  noted: readonly SeenId[],
  position: Position,
  store: SeenStore,
  { clock, happened }: SeenDeps,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      const evicted = await store.write(noted, position, clock.now());
      for (const [org, count] of evicted) happened.seenEvicted(org, count);
      happened.seenSize(store.size());
      return;
    } catch (error) {
      happened.seenFailed(messageOf(error), retryMs);
      await pause(retryMs, stopping);
    }
  }
}

/** The id a message of EVENTS stands for; undefined for timers, and where nobody repeats it any more. */
function seenIn(message: LogMessage, horizonMs: SeenDeps['horizonMs'], now: number): SeenId | undefined {
  const subject = parseEventSubject(message.subject);
  if (subject?.kind !== 'event') return undefined;
  const horizon = horizonMs(subject.source);
  const until = message.storedAt + horizon;
  // What came while its reader waited is stored after `now`: that alone must not make it remembered.
  return horizon > 0 && until > now ? { org: subject.org, id: idIn(message.data), until } : undefined;
}

/** Every event begins so; its id follows. */
const head = '{"specversion":"1.0","id":"';
const idLength = 32;

/** The id, without parsing the event that may be large. */
function idIn(data: Uint8Array): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const start = bytes.toString('latin1', 0, head.length + idLength);
  if (start.startsWith(head)) return start.slice(head.length);
  const event: { readonly id: string } = JSON.parse(bytes.toString('utf8'));
  return event.id;
}
