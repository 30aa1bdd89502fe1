/** Which of two notes stands when two agents wrote different things under one name. A plan names the rule it goes by. */
export const conflictRules = {
  'first-stands': 'what was written first',
  'surer-stands': 'the one of the higher confidence',
  'better-evidenced-stands': 'the one that rests on more evidence',
  'most-stand': 'the one that more agents hold',
} as const;
export type ConflictRule = keyof typeof conflictRules;

/** What an agent holds, with what rules go by. */
export interface Held {
  readonly by: string;
  /** 0 … 1. */
  readonly confidence: number;
  /** How many different pieces of evidence. */
  readonly evidence: number;
  /** How many agents hold it. */
  readonly holders: number;
}

export interface Verdict<T> {
  readonly stands: T;
  readonly yields: T;
  readonly rule: ConflictRule;
  /** In a sentence, for the record. */
  readonly why: string;
}

/** Two that cannot both be so: which one stands, by the rule; where the rule finds them equal, the first. */
export function resolved<T extends Held>(rule: ConflictRule, first: T, second: T): Verdict<T> {
  const [a, b] = [measures[rule](first), measures[rule](second)];
  const [stands, yields] = b > a ? [second, first] : [first, second];
  const why =
    a === b
      ? `${stands.by} stands: ${rule === 'first-stands' ? '' : 'equal by the rule, '}it was first`
      : `${stands.by} stands: ${conflictRules[rule]} (${Math.max(a, b)} to ${Math.min(a, b)})`;
  return { stands, yields, rule, why };
}

/** By which the higher stands. */
const measures: Readonly<Record<ConflictRule, (held: Held) => number>> = {
  'first-stands': () => 0,
  'surer-stands': ({ confidence }) => confidence,
  'better-evidenced-stands': ({ evidence }) => evidence,
  'most-stand': ({ holders }) => holders,
};
