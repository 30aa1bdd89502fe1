import type { Log, LogReader } from '../../log/log.ts';
import { lostBefore, stillStands, verify, type Position } from '../../log/position.ts';
import { parseEventSubject } from '../../log/subjects.ts';
import type { Store } from '../store.ts';
import { batchThrough, nextBatch, type BatchDeps } from './batch.ts';
import type { ArchiveHappenings } from './happenings.ts';
import { insertBatch, type RefusedRow } from './insert.ts';
import { emptyAccount, lostRangesMax, otherPair, plus, type Account, type Counts, type Ledger } from './ledger.ts';
import { bury } from './letters.ts';
import { giveUp } from './rows.ts';
import type { Batch } from './rewriter/rewriter.ts';
import type { Rewriting } from './tables/rewriting.ts';

export interface FollowDeps extends BatchDeps {
  readonly log: Log;
  readonly store: Pick<Store, 'insert'>;
  readonly happened: ArchiveHappenings;
  readonly ledger: Ledger;
  readonly rewriting: Rewriting;
  readonly persist: <T>(attempt: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
}

/**
 * Follows one stream until the signal. Resolves when what was read is archived; rejects with `fenced` when another archive took
 * over, and with what it cannot handle.
 */
export async function follow(deps: FollowDeps): Promise<void> {
  await deps.persist(() => settlePosition(deps));
  const { sequence, storedAt } = deps.ledger.account.position;
  // Whoever watches sees where it stands, also while there is nothing to archive.
  if (sequence > 0) deps.happened.archived(deps.rewriting.stream, sequence, storedAt);
  await repeatIntent(deps);
  await goOn(deps);
}

/** Holds the position against the log. Where it is another log, or a restored one, the archive begins again at its head. */
async function settlePosition({ log, ledger, rewriting, happened }: FollowDeps): Promise<void> {
  const { stream } = rewriting;
  const verdict = await verify(log, stream, ledger.account.position);
  if (stillStands(verdict)) return;
  happened.archiveRebuilding(stream, verdict);
  const { created, firstSequence } = await log.info(stream);
  await ledger.write(emptyAccount({ created, sequence: firstSequence - 1, storedAt: 0 }));
}

/** After a crash in the middle of an insert: exactly that range again. Rows that are there already count once. */
async function repeatIntent(deps: FollowDeps): Promise<void> {
  const { log, ledger, rewriting, happened, persist } = deps;
  const { intent } = ledger.account;
  // A log that was restored to before its end has other messages to come there.
  if (!intent || intent.to > (await persist(() => log.info(rewriting.stream))).lastSequence) return;
  happened.archiveRepeated(rewriting.stream, intent.from, intent.to);
  await withReader(deps, async (reader) => {
    const batch = await batchThrough(reader, rewriting.stream, intent.to, deps);
    if (batch) await archive(deps, batch);
  });
}

/** A batch is read while the one before it is inserted: two are in memory at most. */
async function goOn(deps: FollowDeps): Promise<void> {
  const { stream } = deps.rewriting;
  await withReader(deps, async (reader) => {
    let coming = nextBatch(reader, stream, deps);
    for (let batch = await coming; batch; batch = await coming) {
      coming = nextBatch(reader, stream, deps);
      // Awaited when this batch is archived; until then a failure of it must not count as unhandled.
      coming.catch(() => undefined);
      await archive(deps, batch);
    }
  });
}

/** A reader from the position on; the signal closes it, and so ends its last batch. */
async function withReader({ log, ledger, rewriting, signal }: FollowDeps, use: (reader: LogReader) => Promise<void>) {
  const { stream, pull } = rewriting;
  const reader = log.read(stream, { after: ledger.account.position.sequence, maxMessages: pull });
  const close = () => void reader.close();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  try {
    await use(reader);
  } finally {
    signal.removeEventListener('abort', close);
    await reader.close();
  }
}

/** Intent, insert, position: in this order whatever happens between them. */
async function archive(deps: FollowDeps, batch: Batch): Promise<void> {
  const { ledger, persist, happened, rewriting } = deps;
  const { stream } = rewriting;
  const before = withLoss(deps, batch);
  // Without what was lost before it: the position still lies before that, and a start would find it once more.
  await persist(() => ledger.write({ ...ledger.account, intent: { from: batch.from, to: batch.to } }));
  const refused = await insertBatch(deps, batch);
  const dead = await buryAll(deps, batch, refused);
  for (const rows of batch.tables.values()) giveUp(rows);
  const position: Position = { created: before.position.created, sequence: batch.to, storedAt: batch.storedAt };
  const after: Account = {
    ...before,
    position,
    intent: null,
    skipped: before.skipped + batch.skipped,
    counts: stream === 'EVENTS' ? plus(before.counts, countsOf(batch, dead)) : before.counts,
  };
  await persist(() => ledger.write(after));
  happened.archived(stream, batch.to, batch.storedAt);
}

/** The account with what retention took before this batch and while it was read. */
function withLoss({ ledger, happened, rewriting }: FollowDeps, batch: Batch): Account {
  const { account } = ledger;
  const { from, storedAt } = batch;
  const first = { sequence: from, storedAt, subject: '', data: new Uint8Array() };
  const before = lostBefore([first], account.position.sequence);
  const lost = before ? [before, ...batch.gaps] : batch.gaps;
  for (const range of lost) happened.archiveLost(rewriting.stream, range.from, range.to);
  return {
    ...account,
    lost: [...account.lost, ...lost].slice(-lostRangesMax),
    lostTotal: lost.reduce((total, range) => total + range.to - range.from + 1, account.lostTotal),
  };
}

/** Dead letters for what was refused; answers with how many messages that is, by subject. */
async function buryAll(
  deps: FollowDeps,
  batch: Batch,
  refused: readonly RefusedRow[],
): Promise<ReadonlyMap<string, number>> {
  const { log, clock, rewriting, ledger, persist, happened } = deps;
  const { stream } = rewriting;
  const { created } = ledger.account.position;
  const dead = new Map<string, number>();
  const count = (subject: string) => dead.set(subject, (dead.get(subject) ?? 0) + 1);
  for (const { table, sequence, row, detail } of refused) {
    const message = await persist(() => log.at(stream, sequence));
    const subject = message?.subject ?? '';
    // A row of a commit is one of many in its message; elsewhere the message is what can be replayed.
    const body = message && stream !== 'SIGNALS' ? message.data : row;
    await persist(() => bury(log, clock, { stream, created, sequence, subject, reason: 'row-refused', detail, body }));
    happened.rowRefused(stream, table, sequence, detail);
    count(subject);
  }
  for (const { message, detail } of batch.unreadable) {
    const { sequence, subject, data } = message;
    await persist(() =>
      bury(log, clock, { stream, created, sequence, subject, reason: 'message-unreadable', detail, body: data }),
    );
    happened.rowRefused(stream, rewriting.tables[0] ?? 'events', sequence, detail);
    count(subject);
  }
  return dead;
}

function countsOf({ subjects }: Batch, dead: ReadonlyMap<string, number>): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  for (const [subject, messages] of subjects) {
    const parsed = parseEventSubject(subject);
    // Whoever has rights on the log may write under a subject weir never makes; that must not end the archive.
    const pair = parsed?.kind === 'event' ? `${parsed.org}/${parsed.source}` : otherPair;
    const before = counts.get(pair) ?? { stored: 0, dead: 0 };
    const lost = dead.get(subject) ?? 0;
    counts.set(pair, { stored: before.stored + messages - lost, dead: before.dead + lost });
  }
  return counts;
}
