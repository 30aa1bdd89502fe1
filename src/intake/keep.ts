import { hash } from 'node:crypto';
import type { DeadLetter } from '../core/dead-letter.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { idOf, partitionOf } from '../core/ids.ts';
import type { Log, NewMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { encodeEvent, envelopeOf, faultOf, type Arrival } from './event-of.ts';
import { nothing, type IntakeHappenings, type Tally } from './happenings.ts';
import type { IntakeLimits } from './limits.ts';
import type { Seen } from './seen.ts';
import type { EventDraft, Mapped } from './source.ts';

export interface KeepDeps {
  readonly log: Pick<Log, 'append'>;
  readonly seen: Pick<Seen, 'has'>;
  readonly partitions: number;
  readonly limits: IntakeLimits;
  readonly happened: IntakeHappenings;
}

/** A mapped event, where it came in, and the bytes it came in, for the dead letters. */
export interface Item {
  readonly mapped: Mapped;
  readonly arrival: Arrival;
  /** The draft's data as JSON, where it came so; else it is written anew. */
  readonly json?: Buffer | undefined;
  bytes(): Bytes;
}

export interface Bytes {
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** Why something is a dead letter. */
export type LetterReason = Pick<DeadLetter, 'reason' | 'detail'>;

/** What became of one event. `why`: it is a dead letter, new or the same as before. `failed`: the log did not acknowledge it; it may be there all the same. */
export type Kept =
  | { readonly kind: 'stored'; readonly id: string }
  | { readonly kind: 'duplicate'; readonly id: string | undefined; readonly why?: LetterReason }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'dead'; readonly why: LetterReason }
  | { readonly kind: 'failed'; readonly error: WeirError };

/** Puts mapped events where they belong: EVENTS, DEADLETTERS, or nowhere. */
export interface Keeper {
  /** Resolves when the log has answered for every one; in their order. Never rejects for what the log says. */
  keep(items: readonly Item[]): Promise<readonly Kept[]>;
  /** Counts what became of them, by org and origin; gives what that is in all. */
  count(items: readonly Item[], kept: readonly Kept[]): Tally;
}

export function createKeeper(deps: KeepDeps): Keeper {
  return {
    keep: (items) => {
      const [only] = items;
      // Nearly every request holds one.
      if (items.length === 1 && only) return keepOne(only, deps).then((kept) => [kept]);
      return inOrder(items, deps.limits.appends, (item) => keepOne(item, deps));
    },
    count: (items, kept) => {
      const [only] = items;
      const all = tallyOf(kept);
      if (items.length === 1 && only) {
        deps.happened.eventsReceived(only.arrival.org, only.arrival.origin, all);
        return all;
      }
      const groups = new Map<string, { readonly arrival: Arrival; readonly kept: Kept[] }>();
      for (const [index, { arrival }] of items.entries()) {
        const key = `${arrival.org} ${arrival.origin}`;
        const group = groups.get(key) ?? { arrival, kept: [] };
        groups.set(key, group);
        const one = kept[index];
        if (one) group.kept.push(one);
      }
      for (const { arrival, kept } of groups.values()) {
        deps.happened.eventsReceived(arrival.org, arrival.origin, tallyOf(kept));
      }
      return all;
    },
  };
}

export function tallyOf(kept: readonly Kept[]): Tally {
  const tally = { ...nothing, received: kept.length };
  for (const { kind } of kept) tally[counted[kind]] += 1;
  tally.unacknowledged = tally.rejected;
  return tally;
}

/** What each kind counts as. */
const counted = {
  stored: 'stored',
  duplicate: 'duplicates',
  ignored: 'ignored',
  dead: 'dead',
  failed: 'rejected',
} as const satisfies Record<Kept['kind'], keyof Tally>;

function keepOne({ mapped, arrival, json, bytes }: Item, deps: KeepDeps): Promise<Kept> {
  switch (mapped.kind) {
    case 'ignored':
      return Promise.resolve({ kind: 'ignored' });
    case 'dead':
      return bury(mapped, arrival, bytes(), deps);
    case 'event': {
      const fault = faultOf(mapped.draft);
      if (fault !== undefined) return bury({ reason: 'unmappable', detail: fault }, arrival, bytes(), deps);
      return store(mapped.draft, arrival, json, deps);
    }
    default:
      return mapped satisfies never;
  }
}

function store(draft: EventDraft, arrival: Arrival, json: Buffer | undefined, deps: KeepDeps): Promise<Kept> {
  const envelope = envelopeOf(draft, arrival, deps.limits);
  const { id, org, entity, origin } = envelope;
  if (deps.seen.has(id)) return Promise.resolve({ kind: 'duplicate', id });
  if (envelope.claimedTime !== undefined) deps.happened.timeClamped(origin);
  return append(
    {
      stream: 'EVENTS',
      subject: subjects.event(partitionOf(org, entity, deps.partitions), org, origin),
      data: encodeEvent(envelope, json ?? Buffer.from(JSON.stringify(draft.data))),
      id,
    },
    deps,
    (kind) => ({ kind, id }),
  );
}

/** The largest body a letter holds whole: in base64, and with the rest of it, it fits into a message of the log. */
const wholeBytesMax = 700 * 1024;
/** What is kept of a larger one. */
const beginningBytes = 64 * 1024;

/** What a letter holds of a body, and what it says of that. An event that is too large for the log is cut in any case. */
export function beginningOf(body: Uint8Array): { readonly body: Uint8Array; readonly said: string } {
  return { body: body.subarray(0, beginningBytes), said: `(its first ${beginningBytes} bytes are kept)` };
}

/** A letter's id is the hash of where it came in and its bytes, so that a repeat is the same letter. */
function bury(
  { reason, detail }: LetterReason,
  { org, origin, receivedAt }: Arrival,
  { body, contentType }: Bytes,
  deps: KeepDeps,
): Promise<Kept> {
  const kept = body.length > wholeBytesMax ? beginningOf(body) : { body, said: '' };
  const letter: DeadLetter = {
    id: idOf('intake', org, origin, hash('sha256', body, 'hex')),
    org,
    hop: 'intake',
    source: origin,
    reason,
    detail: `${detail.slice(0, 1_000)} ${kept.said}`.trimEnd(),
    eventId: null,
    at: new Date(receivedAt).toISOString(),
    events: 1,
    body: Buffer.from(kept.body).toString('base64'),
    contentType,
  };
  return append(
    {
      stream: 'DEADLETTERS',
      subject: subjects.deadLetter(org, 'intake'),
      data: Buffer.from(JSON.stringify(letter)),
      id: letter.id,
    },
    deps,
    (kind) => {
      const why = { reason, detail: letter.detail };
      if (kind === 'duplicate') return { kind, id: undefined, why };
      deps.happened.deadLettered(letter);
      return { kind: 'dead', why };
    },
  );
}

/** What `kept` makes of the log's answer. Never rejects: what the log refused is an answer, too. */
function append(message: NewMessage, { log }: KeepDeps, kept: (kind: 'stored' | 'duplicate') => Kept): Promise<Kept> {
  return log.append(message).then(
    ({ kind }) => kept(kind === 'appended' ? 'stored' : 'duplicate'),
    (error: unknown) => ({ kind: 'failed', error: refusalOf(error) }),
  );
}

function refusalOf(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  return new WeirError('log-unavailable', `The log did not take it: ${messageOf(error)}`, { cause: error });
}

/** `work` over the items, started in their order, at most `limit` at once. */
async function inOrder<I, O>(items: readonly I[], limit: number, work: (item: I) => Promise<O>): Promise<readonly O[]> {
  if (items.length <= limit) return Promise.all(items.map(async (item) => work(item)));
  const results: O[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
