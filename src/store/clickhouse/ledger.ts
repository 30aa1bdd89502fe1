import { z } from 'zod';
import { WeirError } from '../../core/errors.ts';
import type { KeyValue } from '../../log/log.ts';
import type { Position } from '../../log/position.ts';
import type { ArchivedStream } from './tables/rewriting.ts';

/** What is known for certain of a stream's archive, in one value of the log's key-value: it moves as a whole or not at all. */
export interface Account {
  /** Everything through here is in ClickHouse or a dead letter. */
  readonly position: Position;
  /** The range that is being inserted; after a crash exactly that is inserted again. */
  readonly intent: { readonly from: number; readonly to: number } | null;
  /** By organisation and source (`acme/stripe`), for EVENTS: in ClickHouse, and dead letters of the archive. */
  readonly counts: Readonly<Record<string, Counts>>;
  /** Records that are no rows, such as timers. */
  readonly skipped: number;
  /** Ranges that retention took first, the newest `lostRangesMax`; `lostTotal` counts the records of all. */
  readonly lost: readonly { readonly from: number; readonly to: number }[];
  readonly lostTotal: number;
}

export interface Counts {
  readonly stored: number;
  readonly dead: number;
}

/** The account of one stream, and the right to change it: whoever claimed it last has it. */
export interface Ledger {
  readonly account: Account;
  /** Stores the next account. Rejects with `fenced` when another archive claimed the stream, with `log-unavailable` for now. */
  write(account: Account): Promise<void>;
}

/** Pairs of organisation and source that are counted by themselves; what comes beyond is counted as `otherPair`. */
export const countedPairsMax = 5_000;
export const otherPair = 'other/other';
export const lostRangesMax = 100;

export const emptyAccount = (position: Position): Account => ({
  position,
  intent: null,
  counts: {},
  skipped: 0,
  lost: [],
  lostTotal: 0,
});

/** Claims a stream for `owner`, a name of its own per start; the archive that had it is refused from now on. */
export async function claim(kv: KeyValue, stream: ArchivedStream, owner: string, fresh: Position): Promise<Ledger> {
  const key = keyOf(stream);
  const found = await kv.get(key);
  let account = found ? accountOf(found.value) : emptyAccount(fresh);
  let revision = found?.revision ?? 0;

  const write = async (next: Account) => {
    const value = Buffer.from(JSON.stringify({ owner, ...next }));
    const answer = await kv.put(key, value, revision);
    if (answer.kind === 'stored') revision = answer.revision;
    else revision = await ownRevision(value);
    account = next;
  };
  /** A write whose acknowledgement was lost shows as `moved`: then what stands there is what we wrote. */
  const ownRevision = async (value: Uint8Array) => {
    const there = await kv.get(key);
    if (there && Buffer.compare(there.value, value) === 0) return there.revision;
    throw new WeirError('fenced', `Another archive has taken over ${stream}.`);
  };

  await write(account);
  return {
    get account() {
      return account;
    },
    write,
  };
}

/** Through where a stream is archived, whichever daemon does it; undefined where none ever began. */
export async function archivedThrough(
  kv: Pick<KeyValue, 'get'>,
  stream: ArchivedStream,
): Promise<Position | undefined> {
  const found = await kv.get(keyOf(stream));
  return found && accountOf(found.value).position;
}

const keyOf = (stream: ArchivedStream): string => `archive.${stream}`;

/** Counts with more added, by pair. */
export function plus(counts: Account['counts'], more: ReadonlyMap<string, Counts>): Account['counts'] {
  const sum: Record<string, Counts> = { ...counts };
  let pairs = Object.keys(sum).length;
  for (const [pair, { stored, dead }] of more) {
    const known = Object.hasOwn(sum, pair);
    const key = known || pairs < countedPairsMax ? pair : otherPair;
    if (!Object.hasOwn(sum, key)) pairs += 1;
    const before = sum[key] ?? { stored: 0, dead: 0 };
    sum[key] = { stored: before.stored + stored, dead: before.dead + dead };
  }
  return sum;
}

const range = z.object({ from: z.number(), to: z.number() });
const accountSchema = z.object({
  position: z.object({ created: z.string(), sequence: z.number(), storedAt: z.number() }),
  intent: range.nullable(),
  counts: z.record(z.string(), z.object({ stored: z.number(), dead: z.number() })),
  skipped: z.number(),
  lost: z.array(range),
  lostTotal: z.number(),
});

function accountOf(value: Uint8Array): Account {
  return accountSchema.parse(JSON.parse(Buffer.from(value).toString()));
}
