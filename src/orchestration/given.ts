import { canonical } from '../core/canonical.ts';
import type { AgentReport } from '../core/agent.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { resolved, type ConflictRule, type Held } from '../core/conflicts.ts';
import type { Gathered } from './gather.ts';
import type { StepView } from './steps.ts';

/** What steps gave, by name: what a step after them finds in its input. */
export interface Given {
  readonly given: JsonObject;
  /** Names under which two gave different things: which stands, by which rule, in a sentence. */
  readonly conflicts: readonly JsonObject[];
}

/**
 * Steps that are over, in the order of the plan. What was gathered stands for what it was gathered from. Without a rule the
 * later step's value stands, and nothing is said of it: so runs go on that were planned before there was one.
 */
export function givenBy(views: readonly StepView[], rule: ConflictRule | undefined): Given {
  const inGathered = new Set(
    views.flatMap(({ step: { gather }, status }) => (gather && status === 'finished' ? membersOf(gather) : [])),
  );
  const counting = rule === undefined ? views : views.filter(({ step }) => !inGathered.has(step.id));
  const given: Record<string, Json> = {};
  const holders = new Map<string, Held>();
  const conflicts: JsonObject[] = [];
  for (const view of counting) {
    for (const [name, value] of Object.entries(view.output)) {
      const [before, mine] = [holders.get(name), heldBy(view)];
      const other = given[name];
      if (rule !== undefined && before && other !== undefined && canonical(other) !== canonical(value)) {
        const { stands, yields, why } = resolved(rule, before, mine);
        conflicts.push({ name, stands: stands.by, yields: yields.by, rule, why });
        if (stands === before) continue;
      }
      given[name] = value;
      holders.set(name, mine);
    }
  }
  return { given, conflicts };
}

/** How a step stands, as gathering sees it. */
export function gatheredFrom(view: StepView): Gathered {
  const step = view.step.id;
  switch (view.status) {
    case 'finished':
    case 'degraded': {
      const { by, confidence, evidence } = heldBy(view);
      return { state: 'done', step, by, output: view.output, confidence, evidence };
    }
    case 'skipped':
      return { state: 'skipped', step };
    case 'given-up':
      return { state: 'failed', step };
    case 'waiting':
    case 'under-way':
    case 'stuck':
    case 'with-person':
      return { state: 'open', step };
    default:
      return view.status satisfies never;
  }
}

/** Who gave it, and what rules go by. */
function heldBy(view: StepView): Held {
  const insights = view.finished?.fact.report.insights ?? [];
  const evidence = new Set(insights.flatMap((each) => each.evidence.map(({ rowsHash }) => rowsHash)));
  const confidence = Math.max(0, ...insights.map((insight) => insight.confidence));
  return { by: view.step.id, confidence, evidence: evidence.size, holders: 1 };
}

/** Every step a gathering one speaks of. */
export const membersOf = ({ of, how }: NonNullable<StepView['step']['gather']>): readonly string[] => [
  ...of,
  ...(how.kind === 'last' ? how.verdictsOf : []),
];

/** Steps that must be over when a step starts or is gathered: it has to wait for them. */
export const earlierOf = ({ when, shows = [], gather }: StepView['step']): readonly string[] => [
  ...(when ? [when.step] : []),
  ...shows,
  ...(gather ? membersOf(gather) : []),
];

/** What a step is shown of the steps it `shows`: whole reports of those that have one. */
export function reportsOf(views: readonly StepView[]): readonly JsonObject[] {
  return views.flatMap(({ step: { id }, finished, attempts }) => {
    if (!finished) return [];
    const agent = attempts.find(({ number }) => number === finished.fact.attempt)?.scheduled.fact.agent ?? null;
    return [{ step: id, agent, ...jsonOf(finished.fact.report) }];
  });
}

/** A report as data. */
function jsonOf({ insights, abstained, output, degraded }: AgentReport): JsonObject {
  return {
    insights: insights.map(({ evidence, effect, action, ...insight }) => ({
      ...insight,
      effect: { ...effect },
      action: { ...action },
      evidence: evidence.map(({ params, ...piece }) => ({ ...piece, params: { ...params } })),
    })),
    abstained,
    output,
    degraded,
  };
}
