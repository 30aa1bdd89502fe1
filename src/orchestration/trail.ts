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
  /** Whether whoever asked for it wrote what stands in its context of an embedder. */
  readonly saysEmbedded: boolean;
  /** The runs it is under, the nearest first. */
  readonly above: readonly string[];
  /** Of a run under another: what the steps before it there had found. */
  readonly given: Grounds;
  readonly requestedAt: number;
  /** What it begins with is recorded. */
  readonly isAttached: boolean;
  readonly strategy: StrategyName | null;
  /** Under what it teaches of its pattern; null where that was not chosen by what is known. */
  readonly pattern: string | null;
  /** By id, those that take back among them. */
  readonly steps: ReadonlyMap<string, { readonly skill: string; readonly needs: readonly string[] }>;
  /** By step and number. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** Skills of the steps that were finished and said something, in the order they were. */
  readonly skills: readonly string[];
  /** Runs under it that have not failed, by id: at which step, and as which attempt. */
  readonly children: ReadonlyMap<string, { readonly step: string; readonly number: number }>;
  readonly finished: ReadonlySet<string>;
  /** By step, the run under it that did it. */
  readonly below: ReadonlyMap<string, string>;
  readonly approved: ReadonlySet<string>;
  /** Whether anything was found. */
  readonly hasFound: boolean;
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

/** Findings that something rests on: those of steps, and all of runs, with those under them. */
export interface Grounds {
  /** `<run> <step>`. */
  readonly steps: ReadonlySet<string>;
  readonly runs: ReadonlySet<string>;
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

/** `parent`: of the run it is under, where that is known. */
export function trailOf({ request }: FactOf<'requested'>, at: number, parent?: Trail): Trail {
  const { id, kind, entity, by, asOf, parent: under, context } = request;
  const step = parent?.children.get(id)?.step;
  return {
    request: { id, kind, entity, by, asOf, parent: under },
    saysEmbedded: Object.hasOwn(context, 'embedded'),
    above: under ? [under.run, ...(parent?.above ?? [])] : [],
    given: parent && step !== undefined ? groundsOf(parent, step) : { steps: new Set(), runs: new Set() },
    requestedAt: at,
    isAttached: false,
    strategy: null,
    pattern: null,
    steps: new Map(),
    attempts: new Map(),
    skills: [],
    children: new Map(),
    finished: new Set(),
    below: new Map(),
    approved: new Set(),
    hasFound: false,
    money: 0,
  };
}

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

/** What a step rests on: what all steps before it found, those that runs under this one did among them, and what the run was given. */
export function groundsOf({ request, steps, below, given }: Trail, step: string): Grounds {
  const before = new Set(steps.get(step)?.needs);
  for (const id of before) for (const need of steps.get(id)?.needs ?? []) before.add(need);
  return {
    steps: new Set([...given.steps, ...[...before].map((id) => `${request.id} ${id}`)]),
    runs: new Set([...given.runs, ...[...before].flatMap((id) => below.get(id) ?? [])]),
  };
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
