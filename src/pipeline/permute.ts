import { durationMs, type Duration } from '../core/duration.ts';
import type { StreamEvent, TimerRecord } from '../core/event.ts';
import { groupBy } from '../core/group.ts';
import { fnv1a32, idOf } from '../core/ids.ts';
import type { Score } from '../core/score.ts';
import type { Given, GivenScore } from './cases.ts';

/** A given of a case, at its place on a log. */
export interface CaseRecord {
  readonly sequence: number;
  /** Event time, ms. */
  readonly time: number;
  readonly entity: string;
  readonly given:
    | { readonly kind: 'event'; readonly event: StreamEvent }
    | { readonly kind: 'score'; readonly score: Score }
    | { readonly kind: 'timer'; readonly timer: TimerRecord };
}

export function recordsOf(given: readonly Given[]): readonly CaseRecord[] {
  return given.map((one, index): CaseRecord => {
    const sequence = index + 1;
    if ('specversion' in one) {
      return { sequence, time: Date.parse(one.time), entity: one.entity, given: { kind: 'event', event: one } };
    }
    const time = Date.parse(one.at);
    if ('timer' in one) {
      const timer = { timer: idOf('case', one.at), org: 'acme', time: one.at };
      return { sequence, time, entity: '', given: { kind: 'timer', timer } };
    }
    return { sequence, time, entity: one.entity, given: { kind: 'score', score: scoreOf(one) } };
  });
}

function scoreOf({ at, score: name, entity, value, confidence = 1, ...given }: GivenScore): Score {
  const subject = given.subject ?? null;
  const quote = given.quote ?? null;
  const id = idOf('case', name, entity, at, subject ?? '');
  return {
    id,
    name,
    org: 'acme',
    entity,
    subject,
    value,
    confidence,
    contributions: [{ name: 'given', weight: 1, value, eventId: id, quote }],
    time: at,
    pipeline: 'case',
    version: 1,
  };
}

const howMany = 8;

/**
 * Other orders the same records might have arrived in: entities interleaved differently, and within an entity each record
 * up to `lateness` late. Timers stay where they are. A record that is late already keeps its entity's order. Deterministic.
 */
export function* permutations(records: readonly CaseRecord[], lateness: Duration): Iterable<readonly CaseRecord[]> {
  const latenessMs = durationMs(lateness);
  for (let round = 1; round <= howMany; round++) {
    yield segments(records)
      .flatMap((segment) => shuffled(segment, latenessMs, round))
      .map((record, index) => ({ ...record, sequence: index + 1 }));
  }
}

/** Stretches between timers; a timer is a stretch of its own. */
function segments(records: readonly CaseRecord[]): readonly (readonly CaseRecord[])[] {
  const list: CaseRecord[][] = [[]];
  for (const record of records) {
    if (record.given.kind === 'timer') list.push([record], []);
    else list.at(-1)?.push(record);
  }
  return list;
}

/** Each entity's records in an order its lateness allows, then the entities dealt out at random. */
function shuffled(segment: readonly CaseRecord[], latenessMs: number, round: number): readonly CaseRecord[] {
  const chance = (record: CaseRecord): number => fnv1a32(`${round}/${record.sequence}/${record.entity}`) / 2 ** 32;
  const entities = groupBy(segment, (record) => record.entity);
  const hands = [...entities.values()].map((hand) =>
    latenessMs === 0 || hasLate(hand, latenessMs)
      ? [...hand]
      : hand
          .map((record) => ({ record, arrival: record.time + chance(record) * latenessMs }))
          .toSorted((a, b) => a.arrival - b.arrival)
          .map(({ record }) => record),
  );
  const dealt: CaseRecord[] = [];
  while (dealt.length < segment.length) {
    const waiting = hands.filter((hand) => hand.length > 0);
    const pick = fnv1a32(`${round}/${dealt.length}`) % waiting.length;
    const next = waiting[pick]?.shift();
    if (next) dealt.push(next);
  }
  return dealt;
}

function hasLate(hand: readonly CaseRecord[], latenessMs: number): boolean {
  let greatest = -Infinity;
  return hand.some((record) => {
    greatest = Math.max(greatest, record.time);
    return record.time < greatest - latenessMs;
  });
}
