import { openKind } from '../../schemas/run.ts';
import type { AgentCard, Cost } from '../core/agent.ts';
import { fnv1a32 } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Template } from '../core/template.ts';
import { arranged } from './arranged.ts';
import { skillOfKind } from './children.ts';
import { factOf } from './fold.ts';
import { givenBy, membersOf } from './given.ts';
import { kinds, kindsWithClearance } from './kinds.ts';
import { planned, type Goal } from './plan.ts';
import type { Choice, Deciders, Run, RunRequest, Wanted } from './run.ts';
import { unlearnt, type Pool } from './pool.ts';
import { skillOf } from './registry.ts';
import { selected, type Selection } from './select.ts';
import { planOf, viewsOf, type StepView } from './steps.ts';
import { insightsOf, synthesised, type StepEnd } from './synthesis.ts';
import { toldOf } from './validate.ts';

/** Raised when the same findings give other insights. */
const resultVersion = 1;

/** What all steps of a run may cost. Built-in agents cost time alone. */
const runBudget: Cost = { money: 0, tokens: 0, calls: 0, agentSeconds: 3_600 };
/** Of a run of another kind, whose steps may be calls of tools. */
export const openBudget: Cost = { ...runBudget, calls: 64 };

/** What the steps of a run of a kind may cost, where whoever asks for it says nothing. */
export const budgetOf = (kind: string): Cost => (kindNames.includes(kind) ? runBudget : openBudget);

/** Plans, choices and results of runs of the kinds known beforehand, by the agents there are and what runs have taught of them. */
export function decidersOf(
  cards: readonly AgentCard[],
  pool: Pool = unlearnt(cards),
  { clearance = false, own = [] }: DecidersOptions = {},
): Deciders {
  const templates = [...(clearance ? kindsWithClearance : kinds), ...own];
  const known = [...kinds, ...kindsWithClearance, ...own];
  return {
    plan: (request, context) => planOfRequest(request, context, pool, templates),
    select: (wanted) =>
      (wanted.preferred === undefined ? undefined : choiceOf(pool, wanted, wanted.preferred)) ?? choiceOf(pool, wanted),
    synthesise: (run) => resultOf(pool, run, known),
  };
}

export interface DecidersOptions {
  /** A person is asked before what `remediation` proposes is cleared. Default: nobody is, and nothing is cleared. */
  readonly clearance?: boolean;
  /** Kinds of runs beside those that come with weir. */
  readonly own?: readonly Template[];
}

function planOfRequest(
  request: RunRequest,
  context: JsonObject,
  pool: Pool,
  templates: readonly Template[],
): ReturnType<Deciders['plan']> {
  const { cards } = pool;
  const { id, org, kind, risk = 'low', budget = budgetOf(kind), parent, pattern: asked, asOf } = request;
  const about = aimOf(request, templates);
  if (!about) return { impossible: `there is no kind of run ${kind}`, elsewhere: true };
  const given = Object.keys(context);
  const lookedUp = given.filter((name) => !Object.hasOwn(request.context, name));
  const goal: Goal = { ...about, given, lookedUp, budget, risk };
  const made = planned(goal, cards, templates);
  if (made.kind === 'impossible') return { impossible: made.faults.map(toldOf).join(' ') };
  const { posteriors } = pool.known(org);
  const arranging = { asked, depth: parent?.depth ?? 0, posteriors, at: Date.parse(asOf), seed: fnv1a32(id) };
  return arranged(made.plan, goal, cards, arranging);
}

/** What its steps come from: one skill, what shall come of it, or its kind. */
function aimOf(
  { kind, wanted }: RunRequest,
  templates: readonly Template[],
): Pick<Goal, 'kind' | 'skill' | 'wanted'> | undefined {
  const skill = skillOfKind(kind);
  if (skill !== undefined) return { kind: null, skill, wanted: [] };
  if (kind === openKind && wanted) return { kind: null, wanted };
  return templates.some((each) => each.kind === kind) ? { kind, wanted: [] } : undefined;
}

export const kindNames: readonly string[] = kinds.map(({ kind }) => kind);

/** What is recorded with a step: everything the choice rests on, so that it can be made again by `selected`. */
function choiceOf(pool: Pool, wanted: Wanted, only?: string): Choice | undefined {
  const { version, pinned, posteriors } = pool.known(wanted.org);
  const agents = [...pool.agents(wanted.org)].filter(([name]) => only === undefined || name === only);
  const selection = selected(new Map(agents), posteriors, { ...wanted, output: [] });
  const card = pool.cards.find(({ name }) => name === selection.chosen);
  const skill = card && skillOf(card, wanted.skill);
  if (!card || !skill) return undefined;
  const why = { ...whyOf(selection), risk: wanted.risk ?? 'low', at: wanted.at, learnt: { version, pinned } };
  return { agent: card.name, version: card.version, cost: skill.cost, why: asJson(why) };
}

/** That the others have no such skill is known from their cards, and is not recorded with each step. */
function whyOf({ seed, ranking }: Selection) {
  const able = ranking.filter(({ reasons }) => !reasons.some(({ name }) => name === 'capability'));
  return { seed, ranking: able.slice(0, rankedMax), unable: ranking.length - able.length };
}

/** Recorded with a step, best first. */
const rankedMax = 20;

function resultOf(pool: Pool, run: Run, known: readonly Template[]): JsonObject {
  const request = factOf(run, 'requested')?.fact.request;
  if (!request) return {};
  const { calibrations } = pool.known(request.org);
  const result = synthesised(aboutOf(request), endsOf(run, known), calibrations);
  const { wanted } = request;
  return asJson({
    ...result,
    insights: insightsOf(result, [], resultVersion),
    ...(wanted && { given: wantedOf(run, wanted) }),
  });
}

/** What came of a run under the names that were wanted; not what would make the result too large: that stands with its step. */
function wantedOf(run: Run, wanted: readonly string[]): JsonObject {
  const { given } = givenBy(viewsOf(run), planOf(run)?.conflict);
  const there = Object.entries(given).filter(([name]) => wanted.includes(name));
  return Object.fromEntries(there.filter(([, value]) => JSON.stringify(value).length <= wantedLengthMax));
}

/** Characters of one of them, as JSON. */
const wantedLengthMax = 16_384;

const aboutOf = ({ id: run, org, entity, kind, goal, asOf }: RunRequest) => ({ run, org, entity, kind, goal, asOf });

/** How each step ended, and those of its template that the plan left out: nobody has the skill, or that of the step they go by. */
function endsOf(run: Run, known: readonly Template[]): readonly StepEnd[] {
  const plan = planOf(run);
  const template = known.find(({ kind, version }) => kind === plan?.template && version === plan.version);
  const inPlan = new Set(plan?.steps.map(({ id }) => id));
  const leftOut = (template?.steps ?? []).filter(({ id }) => !inPlan.has(id));
  return [
    ...told(run, viewsOf(run)).map((view) => endOf(run, view)),
    ...leftOut.map(({ id: step, skill, when }) => {
      const why = when && !inPlan.has(when.step) ? `${when.step} is left out` : 'nobody has the skill';
      return { end: 'left-out', step, skill, why } as const;
    }),
  ];
}

/**
 * The steps whose ends are told: in place of a gathered step those it was gathered from, of a quorum all that reported, so
 * that what they disagree on is named; of one that could not be gathered that alone.
 */
function told(run: Run, views: readonly StepView[]): readonly StepView[] {
  const gathers = views.filter(({ step }) => step.gather);
  const isTold = (view: StepView): boolean => {
    const over = gathers.find(({ step: { gather } }) => gather && membersOf(gather).includes(view.step.id));
    const fact = over && factOf(run, 'step-gathered', over.step.id)?.fact;
    if (!over) return true;
    const isPart =
      over.step.gather?.how.kind === 'quorum' ? view.status === 'finished' : fact?.from.includes(view.step.id);
    return fact !== undefined && isPart === true && isTold(over);
  };
  return views.filter((view) => isTold(view) && !factOf(run, 'step-gathered', view.step.id));
}

function endOf(run: Run, { step: { id: step, skill }, status, finished, attempts }: StepView): StepEnd {
  const by = attempts.find(({ number }) => number === finished?.fact.attempt)?.scheduled.fact;
  if (status === 'finished' && finished && by) {
    const { report } = finished.fact;
    return { end: 'reported', step, skill, agent: by.agent, version: by.agentVersion, report };
  }
  const ending =
    factOf(run, 'step-degraded', step) ?? factOf(run, 'step-skipped', step) ?? factOf(run, 'step-given-up', step);
  const end = status === 'skipped' ? 'skipped' : 'failed';
  return { end, step, skill, why: ending?.fact.why ?? 'it did not end' };
}

/** As it is written down. */
function asJson(value: object): JsonObject {
  const json: JsonObject = JSON.parse(JSON.stringify(value));
  return json;
}
