/**
 * What runs have taught of whoever can be chosen: how often it succeeded, how long it took, what it cost. Plain and bounded.
 *
 * A success rate has a Beta posterior over a uniform prior. What is old counts less, in two ways: each new outcome of a
 * subject takes a share from its older ones, so that a change shows however many there were (discounted Thompson sampling:
 * Raj and Kalyani 2017), and time takes from all, so that who was not asked for long is looked at anew.
 */
export type Posteriors = Readonly<Record<string, Posterior>>;

/** Sums over outcomes, each as much as is left of it. */
export interface Posterior {
  readonly successes: number;
  readonly failures: number;
  readonly latencyMs: number;
  /** US dollars. */
  readonly money: number;
  /** As of when, ms. */
  readonly at: number;
}

/** What became of one choice. */
export interface Outcome {
  /** Whom it teaches of: see `subjectOf`. */
  readonly subject: string;
  readonly succeeded: boolean;
  readonly latencyMs: number;
  readonly money: number;
  readonly at: number;
  /** It is well again: what was known before counts as one outcome at most. */
  readonly anew?: boolean;
}

export type SubjectKind = 'agent' | 'provider' | 'strategy' | 'pattern';

/** `agent:customer-intelligence/churn`; of a pattern with the case it was chosen in. */
export const subjectOf = (kind: SubjectKind, name: string, of: string): string => `${kind}:${name}/${of}`;

export const subjectsMax = 5_000;
/** Outcomes that count at most: each takes 1/50 from the older ones. */
export const outcomesCounted = 50;
export const halfLifeMs = 14 * 24 * 3_600_000;

const unknown: Posterior = { successes: 0, failures: 0, latencyMs: 0, money: 0, at: 0 };

/** The posteriors after an outcome. Beyond `subjectsMax` the one longest not heard of is forgotten. */
export function taught(posteriors: Posteriors, outcome: Outcome): Posteriors {
  const before = posteriors[outcome.subject] ?? { ...unknown, at: outcome.at };
  // What comes late counts as if it came now; time does not go back.
  const at = Math.max(before.at, outcome.at);
  const aged = scaled(before, at, leftAt(before, at) * (1 - 1 / outcomesCounted));
  const left = outcome.anew ? scaled(aged, at, Math.min(1, 1 / countOf(aged))) : aged;
  const after = {
    ...posteriors,
    [outcome.subject]: {
      successes: left.successes + (outcome.succeeded ? 1 : 0),
      failures: left.failures + (outcome.succeeded ? 0 : 1),
      latencyMs: left.latencyMs + outcome.latencyMs,
      money: left.money + outcome.money,
      at,
    },
  };
  return Object.keys(after).length > subjectsMax ? withoutOldest(after) : after;
}

/** What is left of it at a later time; of a subject that is not known, nothing. */
export function posteriorAt(posteriors: Posteriors, subject: string, at: number): Posterior {
  const posterior = posteriors[subject];
  return posterior ? scaled(posterior, Math.max(at, posterior.at), leftAt(posterior, at)) : { ...unknown, at };
}

/** How many outcomes it rests on, as much as is left of them. */
export const countOf = ({ successes, failures }: Posterior): number => successes + failures;

/** Mean of a sum over outcomes, with what is expected beforehand counting as one more. */
export const meanOf = (sum: number, posterior: Posterior, expected: number): number =>
  (sum + expected) / (countOf(posterior) + 1);

const leftAt = (posterior: Posterior, at: number): number => 2 ** (-Math.max(0, at - posterior.at) / halfLifeMs);

const scaled = (posterior: Posterior, at: number, left: number): Posterior => ({
  successes: posterior.successes * left,
  failures: posterior.failures * left,
  latencyMs: posterior.latencyMs * left,
  money: posterior.money * left,
  at,
});

function withoutOldest(posteriors: Posteriors): Posteriors {
  const [oldest] = Object.entries(posteriors).toSorted(([, a], [, b]) => a.at - b.at);
  return Object.fromEntries(Object.entries(posteriors).filter(([subject]) => subject !== oldest?.[0]));
}
