import type { AgentCard, Skill } from '../core/agent.ts';
import type { JsonObject } from '../core/json.ts';
import { patternFor, spreadOf } from './choose.ts';
import { complexityOf, type Complexity } from './complexity.ts';
import { inPattern, usualSettings, type PatternSettings } from './patterns.ts';
import type { Goal } from './plan.ts';
import type { Risk } from './policy.ts';
import type { Posteriors } from './posteriors.ts';
import { delegationMax, patterns, type Pattern, type Plan } from './run.ts';
import { faultsOf, toldOf } from './validate.ts';

/** What a plan's pattern is chosen by, beside the plan. */
export interface Arranging {
  /** Somebody asks for it; else the chooser says. */
  readonly asked: Pattern | undefined;
  /** How deep the run lies under the first: 0 for the first. */
  readonly depth: number;
  /** What earlier runs taught; ms, and 32 bits, unsigned. */
  readonly posteriors: Posteriors;
  readonly at: number;
  readonly seed: number;
}

/** Whoever has it asks the evidence of others again. */
const checkSkill = 'check';
/** A plan with more steps is divided into runs, each with retries and facts of its own. */
const stepsOfOneRun = 16;
const peersMax = 3;

/**
 * A plan in the pattern that fits: what somebody asks for, else what the chooser says. What costs more than one agent a step is chosen
 * only where there is what it is for. The rewritten plan is validated again; where it has faults, the plan stays as it is, and says why.
 */
export function arranged(plan: Plan, goal: Goal, cards: readonly AgentCard[], arranging: Arranging): Plan {
  const complexity = complexityOf(plan, cards);
  const fits = fitting(plan, goal, cards, complexity, arranging);
  const { name, why } = choiceOf(plan, goal, cards, complexity, fits, arranging);
  const of = fits[name];
  if (name === 'solo') return { ...plan, conflict: usualSettings.conflict, pattern: { name, why } };
  const faults: string[] = [];
  for (const settings of settingsFor(of, plan, cards, arranging.depth)) {
    const rewritten = inPattern(plan, name, settings, of);
    const { width } = complexityOf(rewritten, cards);
    const made: Plan = {
      ...rewritten,
      conflict: settings.conflict,
      parallel: Math.max(plan.parallel, Math.min(8, width)),
      pattern: { name, why },
    };
    const [fault] = faultsOf(made, goal, cards);
    if (!fault) return made;
    faults.push(toldOf(fault));
  }
  const instead = { ...why, instead: `${name} does not fit: ${faults[0] ?? 'nothing can be done in it'}` };
  return { ...plan, conflict: usualSettings.conflict, pattern: { name: 'solo', why: instead } };
}

type Fits = Readonly<Record<Pattern, readonly string[]>>;

/** The steps each pattern could be for. */
function fitting(
  { steps }: Plan,
  { skill: own }: Goal,
  cards: readonly AgentCard[],
  { steps: size }: Complexity,
  { depth, asked }: Arranging,
): Fits {
  const agentsOf = (skill: string) => cards.filter(({ skills }) => skills.some(({ id }) => id === skill));
  const effectsOf = (skill: string) => skillsOf(cards, skill).some(({ sideEffects }) => sideEffects !== 'none');
  const idsOf = (of: (skill: string) => boolean) => steps.filter(({ skill }) => of(skill)).map(({ id }) => id);
  const checkers = agentsOf(checkSkill);
  return {
    solo: steps.map(({ id }) => id),
    pair: idsOf((skill) => checkers.some(({ name }) => agentsOf(skill).some((maker) => maker.name !== name))),
    // A run for one skill does that itself. What is shown whole reports stays with them, and so does what a person has approved of it;
    // and what needs a person's word is asked for here, with the very arguments it is done with: below it would be asked for again.
    hierarchical:
      depth < delegationMax && (size > stepsOfOneRun || asked === 'hierarchical')
        ? steps.filter(({ skill, shows, approval }) => skill !== own && !shows && !approval).map(({ id }) => id)
        : [],
    swarm: idsOf((skill) => agentsOf(skill).length > 1 && !effectsOf(skill)),
  };
}

function choiceOf(
  plan: Plan,
  goal: Goal,
  cards: readonly AgentCard[],
  complexity: Complexity,
  fits: Fits,
  { asked, posteriors, at, seed }: Arranging,
): { readonly name: Pattern; readonly why: JsonObject } {
  if (asked !== undefined) {
    const name = fits[asked].length > 0 ? asked : 'solo';
    return { name, why: { asked, ...(name !== asked && { instead: `there is nothing ${asked} is for` }) } };
  }
  const { risk } = goal;
  const worthChecking = risk !== 'low' || complexity.effects > 0;
  const allowed = patterns.filter((each) => fits[each].length > 0 && (each !== 'pair' || worthChecking));
  const spread = spreadOf(
    plan.steps.map(({ skill }) => skill),
    cards,
  );
  const { chosen, ranking } = patternFor({ complexity, risk, spread, allowed }, posteriors, at, seed);
  return {
    name: chosen,
    why: {
      level: complexity.level,
      risk: risk satisfies Risk,
      spread,
      allowed,
      seed,
      ranking: ranking.map((each) => ({ ...each })),
    },
  };
}

/** Ever less, until it fits. */
function settingsFor(
  of: readonly string[],
  { steps }: Plan,
  cards: readonly AgentCard[],
  depth: number,
): readonly PatternSettings[] {
  const able = steps
    .filter(({ id }) => of.includes(id))
    .map(({ skill }) => cards.filter(({ skills }) => skills.some(({ id }) => id === skill)).length);
  const hasChecker = cards.some(({ skills }) => skills.some(({ id }) => id === checkSkill));
  const settings: PatternSettings = {
    ...usualSettings,
    depth,
    peers: Math.max(1, Math.min(peersMax, ...able)),
    ...(hasChecker && { checkSkill }),
  };
  return [2, 1, 0].map((turns) => ({
    ...settings,
    sendBacksMax: Math.min(settings.sendBacksMax, turns),
    rounds: Math.min(settings.rounds, Math.max(1, turns)),
  }));
}

const skillsOf = (cards: readonly AgentCard[], skill: string): readonly Skill[] =>
  cards.flatMap(({ skills }) => skills.filter(({ id }) => id === skill));
