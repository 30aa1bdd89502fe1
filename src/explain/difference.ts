import { WeirError } from '../core/errors.ts';
import type { EventHead } from '../core/event.ts';
import { groupBy } from '../core/group.ts';
import type { Score } from '../core/score.ts';
import type { ScoreSettings } from '../core/settings.ts';
import { reasonsOf, type Events, type Reason } from './explanation.ts';

/**
 * What became of a reason between two scores: it is in the later alone; in the earlier alone; in both, from the same event, and
 * weighs differently (by its age, or by what else is known); the same, of the same value, and weights are set anew; in both, once in
 * each, and was seen anew in another event.
 */
export const changeKinds = ['added', 'gone', 'changed', 'reweighed', 'replaced'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** One reason for the difference, and the event behind it: the later reason's, or that of the one that is gone. */
export interface Change {
  readonly kind: ChangeKind;
  readonly name: string;
  /** The later effect less the earlier, a double; never 0. */
  readonly change: number;
  readonly eventId: string;
  readonly event: EventHead | null;
  readonly quote: string | null;
  readonly before: Reason | null;
  readonly after: Reason | null;
}

/** A setting that was another for the earlier score. Null: as shipped. */
export interface SettingChange {
  readonly name: string;
  readonly from: number | null;
  readonly to: number | null;
}

/** A score without its reasons. */
export type ScoreHead = Omit<Score, 'contributions'>;

/** Why a score became another. */
export interface Difference {
  readonly from: ScoreHead;
  readonly to: ScoreHead;
  /** The later value less the earlier, a double. */
  readonly difference: number;
  /** What made it, the largest first. */
  readonly changes: readonly Change[];
  /** What was set anew between the two, of what their pipeline goes by; by name. */
  readonly settings: readonly SettingChange[];
  /**
   * What the last digits of doubles leave over: none, mostly, or one figure some 10⁻¹⁶ of the effects; two where effects are 10¹⁶
   * times the difference. Changes and then these, added up as they stand, are the difference to the last digit.
   */
  readonly rounding: readonly number[];
}

/**
 * What lies between two scores of one name, entity and subject, down to the event. Throws `request-malformed` for others. Both
 * have to add up (`Explanation.exact`), or their difference does not either, and `rounding` holds what is missing.
 */
export function differenceOf(from: Score, to: Score, events: Events): Difference {
  for (const field of ['org', 'entity', 'name', 'subject'] as const) {
    if (from[field] !== to[field]) {
      throw new WeirError('request-malformed', `The scores are not of one ${field}: ${from[field]} and ${to[field]}.`);
    }
  }
  const settings = settingsBetween(from.settings, to.settings);
  const weighed = settings.some(({ name }) => name.endsWith('Weight'));
  const changes = pairsOf(reasonsOf(from, events), reasonsOf(to, events))
    .map((pair) => changeOf(pair, weighed))
    .filter(({ change }) => change !== 0)
    .toSorted((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const difference = to.value - from.value;
  return {
    from: headOf(from),
    to: headOf(to),
    difference,
    changes,
    settings,
    rounding: roundingOf(changes, difference),
  };
}

function settingsBetween(from: ScoreSettings | undefined, to: ScoreSettings | undefined): readonly SettingChange[] {
  const [before, after] = [new Map(Object.entries(from?.values ?? {})), new Map(Object.entries(to?.values ?? {}))];
  return [...new Set([...before.keys(), ...after.keys()])]
    .toSorted()
    .map((name) => ({ name, from: before.get(name) ?? null, to: after.get(name) ?? null }))
    .filter((change) => change.from !== change.to);
}

/** One reason before, after, or in both: never neither. */
type Pair =
  | { readonly before: Reason; readonly after: Reason }
  | { readonly before: Reason; readonly after: null }
  | { readonly before: null; readonly after: Reason };

/**
 * First those that say the same of the same event, then those of one name and event, in order; then those of one name where each
 * score has just one left: a measure that was taken anew.
 */
function pairsOf(before: readonly Reason[], after: readonly Reason[]): readonly Pair[] {
  const pairs: Pair[] = [];
  let left = { before, after };
  for (const round of rounds) {
    const matched = pairedBy(round, left.before, left.after);
    pairs.push(...matched.pairs);
    left = matched;
  }
  return [
    ...pairs,
    ...left.after.map((after) => ({ before: null, after })),
    ...left.before.map((before) => ({ before, after: null })),
  ];
}

interface Round {
  keyOf(reason: Reason): string;
  /** Only where each side has one such. */
  readonly alone: boolean;
}

const rounds: readonly Round[] = [
  { keyOf: ({ name, eventId, quote }) => JSON.stringify([name, eventId, quote]), alone: false },
  { keyOf: ({ name, eventId }) => JSON.stringify([name, eventId]), alone: false },
  { keyOf: ({ name }) => name, alone: true },
];

function pairedBy({ keyOf, alone }: Round, before: readonly Reason[], after: readonly Reason[]) {
  const [earlier, later] = [groupBy(before, keyOf), groupBy(after, keyOf)];
  const pairs: Pair[] = [];
  const left = new Set([...before, ...after]);
  for (const [key, list] of later) {
    const candidates = earlier.get(key) ?? [];
    if (alone && (list.length > 1 || candidates.length > 1)) continue;
    for (const [index, reason] of list.entries()) {
      const match = candidates[index];
      if (!match) break;
      pairs.push({ before: match, after: reason });
      left.delete(match);
      left.delete(reason);
    }
  }
  return { pairs, before: before.filter((one) => left.has(one)), after: after.filter((one) => left.has(one)) };
}

/** `weighed`: weights were set anew. */
function changeOf({ before, after }: Pair, weighed: boolean): Change {
  const behind = after ?? before;
  const { name, eventId, event, quote } = behind;
  const change = (after?.effect ?? 0) - (before?.effect ?? 0);
  const kind = kindOf({ before, after });
  const reweighed = weighed && kind === 'changed' && before?.value === after?.value;
  return { kind: reweighed ? 'reweighed' : kind, name, change, eventId, event, quote, before, after };
}

function kindOf({ before, after }: { readonly before: Reason | null; readonly after: Reason | null }): ChangeKind {
  if (!before) return 'added';
  if (!after) return 'gone';
  return before.eventId === after.eventId ? 'changed' : 'replaced';
}

/** More is never needed of finite numbers: each leaves at most 2⁻⁵³ of the one before it. */
const roundingsMax = 4;

function roundingOf(changes: readonly Change[], difference: number): readonly number[] {
  const rounding: number[] = [];
  let sum = changes.reduce((total, { change }) => total + change, 0);
  while (sum !== difference && rounding.length < roundingsMax) {
    const left = difference - sum;
    rounding.push(left);
    sum += left;
  }
  return rounding;
}

function headOf({ contributions: _, ...head }: Score): ScoreHead {
  return head;
}
