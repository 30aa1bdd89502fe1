import type { FactOf } from './facts.ts';
import type { Found, Judgement } from './found.ts';
import type { FaultKind } from './breaker.ts';
import type { PastRun } from './mining.ts';
import { subjectOf, type Outcome } from './posteriors.ts';
import type { Answered } from './registry.ts';
import type { RunRequest, StrategyName } from './run.ts';
import { undoOf } from './steps.ts';

/** What is kept of a run under way for what it teaches. Of facts of one key the first in the log counts, as in `fold`. */
export interface Trail {
  readonly request: Pick<RunRequest, 'id' | 'kind' | 'entity' | 'by' | 'asOf' | 'parent'>;
  readonly requestedAt: number;
  readonly strategy: StrategyName | null;
  /** Under what it teaches of its pattern; null where that was not chosen by what is known. */
  readonly pattern: string | null;
  /** By id, those that take back among them. */
  readonly steps: ReadonlyMap<string, { readonly skill: string; readonly needs: readonly string[] }>;
  /** By step and number. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** Skills of the steps that were finished and said something, in the order they were. */
  readonly skills: readonly string[];
  readonly finished: ReadonlySet<string>;
  readonly approved: ReadonlySet<string>;
  readonly found: readonly Found[];
  /** US dollars. */
  readonly money: number;
}

interface Attempt {
  readonly step: string;
  readonly agent: string;
  readonly version: number;
  readonly number: number;
  /** ms. */
  readonly at: number;
  readonly open: boolean;
}

/** What became of how an agent is. */
export type Change =
  | { readonly change: 'dispatched' | 'released'; readonly agent: string; readonly version: number }
  | {
      readonly change: 'answered';
      readonly agent: string;
      readonly version: number;
      readonly fault: FaultKind | null;
      readonly retryAfterMs: number | null;
      readonly of: Answered;
    };

/** What a fact teaches. */
export interface Teaching {
  readonly outcomes: readonly Outcome[];
  readonly changes: readonly Change[];
  readonly found: readonly Found[];
  /** Which findings were so, and which were not. */
  readonly judged: readonly Judgement[];
  readonly past: PastRun | null;
}

export interface Followed {
  /** Null: it has ended. */
  readonly trail: Trail | null;
  readonly teaches: Teaching;
}

export const nothing: Teaching = { outcomes: [], changes: [], found: [], judged: [], past: null };

export const trailOf = ({ request }: FactOf<'requested'>, at: number): Trail => ({
  request,
  requestedAt: at,
  strategy: null,
  pattern: null,
  steps: new Map(),
  attempts: new Map(),
  skills: [],
  finished: new Set(),
  approved: new Set(),
  found: [],
  money: 0,
});

/** What a plan says of the run. */
export function plannedBy({ plan }: FactOf<'plan-decided'>): Pick<Trail, 'strategy' | 'pattern' | 'steps'> {
  const steps = plan.steps.flatMap(({ id, skill, needs, undo }) => [
    [id, { skill, needs }] as const,
    ...(undo === undefined ? [] : [[undoOf(id), { skill: undo, needs }] as const]),
  ]);
  return { strategy: plan.strategy, pattern: patternTaught(plan), steps: new Map(steps) };
}

/** As `patternFor` asks for it. */
function patternTaught({ pattern }: FactOf<'plan-decided'>['plan']): string | null {
  const [level, risk] = [pattern?.why['level'], pattern?.why['risk']];
  if (!pattern || pattern.why['instead'] !== undefined) return null;
  if (typeof level !== 'string' || typeof risk !== 'string') return null;
  return subjectOf('pattern', pattern.name, `${level}-${risk}`);
}

/** Ids of all steps before a step. */
export function ancestorsOf({ steps }: Trail, step: string): ReadonlySet<string> {
  const all = new Set(steps.get(step)?.needs);
  for (const id of all) for (const need of steps.get(id)?.needs ?? []) all.add(need);
  return all;
}

/** The attempts, of which these may not report any more. */
export function closed({ attempts }: Trail, keys: readonly string[]): Trail['attempts'] {
  const next = new Map(attempts);
  for (const key of keys) {
    const attempt = next.get(key);
    if (attempt) next.set(key, { ...attempt, open: false });
  }
  return next;
}
