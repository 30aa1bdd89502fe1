import type { ConflictRule } from './conflicts.ts';
import type { ChildStep, GatherStep, Plan, SkillStep, Step } from './plan.ts';

/**
 * What a plan looks like. `solo` each step is done by one agent; `pair` a maker and a checker, who sends back at most so often;
 * `hierarchical` each step is a run of its own; `swarm` peers on a board until they agree.
 */
export const patterns = ['solo', 'pair', 'hierarchical', 'swarm'] as const;
export type Pattern = (typeof patterns)[number];

export interface PatternSettings {
  /** Which skill checks what a maker made; the same one, by another agent, where it is not said. */
  readonly checkSkill: string | null;
  readonly sendBacksMax: number;
  /** How deep the run that is planned lies under the first: 0 for the first. */
  readonly depth: number;
  readonly depthMax: number;
  readonly peers: number;
  readonly rounds: number;
  /** 0 … 1: share of the peers who have to agree. */
  readonly agreement: number;
  readonly conflict: ConflictRule;
}

export const usualSettings: PatternSettings = {
  checkSkill: null,
  sendBacksMax: 2,
  depth: 0,
  depthMax: 3,
  peers: 3,
  rounds: 2,
  agreement: 0.6,
  conflict: 'better-evidenced-stands',
};

/** Under this name a checker gives its verdict: `accept`, or `send-back` with why in its report. */
export const verdictName = 'verdict';
/** Under this name a quorum says whether there was one. */
export const agreedName = 'agreed';

/**
 * The plan in a pattern: each step in `of` (all that agents do, where it is not said) becomes several, and the last of those has its
 * id, so that what comes after it stays as it is. Send-backs and rounds are written out, so whatever an agent answers, a run ends.
 */
export function inPattern(
  plan: Plan,
  pattern: Pattern,
  settings: PatternSettings,
  of: readonly string[] = plan.steps.map(({ id }) => id),
): Plan {
  const rewrite = rewriters[pattern];
  return {
    ...plan,
    steps: plan.steps.flatMap((step) =>
      step.does === 'skill' && of.includes(step.id) ? rewrite(step, settings) : [step],
    ),
  };
}

const rewriters: Readonly<Record<Pattern, (step: SkillStep, settings: PatternSettings) => readonly Step[]>> = {
  solo: (step) => [step],
  pair,
  hierarchical,
  swarm,
};

/** `x/made-1`, `x/checked-1`; where that sends it back `x/made-2`, `x/checked-2`; …; `x` is what was made last, with the last verdict. */
function pair(step: SkillStep, { checkSkill, sendBacksMax }: PatternSettings): readonly Step[] {
  const turns = Array.from({ length: sendBacksMax + 1 }, (_, index) => index + 1);
  const made = (turn: number) => `${step.id}/made-${turn}`;
  const checked = (turn: number) => `${step.id}/checked-${turn}`;
  const sentBack = (turn: number) =>
    turn === 1 ? whenOf(step) : { when: { step: checked(turn - 1), name: verdictName, is: 'send-back' } };
  const steps = turns.flatMap((turn): readonly SkillStep[] => [
    {
      ...step,
      id: made(turn),
      after: turn === 1 ? step.after : [...step.after, made(turn - 1), checked(turn - 1)],
      ...sentBack(turn),
    },
    {
      id: checked(turn),
      does: 'skill',
      skill: checkSkill ?? step.skill,
      goal: `Check: ${step.goal}`,
      after: [...step.after, made(turn)],
      output: [verdictName],
      notBy: [made(turn)],
      ...sentBack(turn),
    },
  ]);
  return [...steps, gatherOf(step, steps, turns.map(made), { kind: 'last', verdictsOf: turns.map(checked) })];
}

/** The step is a run of its own, which plans for what the step has to give; at the depth cap it is done here, so delegation ends. */
function hierarchical(step: SkillStep, { depth, depthMax }: PatternSettings): readonly Step[] {
  if (depth >= depthMax) return [step];
  const { id, goal, after, output } = step;
  const child: ChildStep = { id, does: 'child', goal, after, output, depth: depth + 1, ...whenOf(step) };
  return [child];
}

/**
 * `x/r1/1` … `x/r1/n` at once, each by another agent, and `x/r1` says whether they agree; where they do not, another round, which
 * sees on the board what was held before; `x` is what the last round came to.
 */
function swarm(step: SkillStep, settings: PatternSettings): readonly Step[] {
  const { peers, rounds, agreement, conflict } = settings;
  const idOfRound = (round: number) => `${step.id}/r${round}`;
  const roundsOf = Array.from({ length: Math.max(1, rounds) }, (_, index) => index + 1);
  const steps = roundsOf.flatMap((round): readonly Step[] => {
    const open =
      round === 1 ? whenOf(step) : { when: { step: idOfRound(round - 1), name: agreedName, is: false } as const };
    const ids = Array.from({ length: peers }, (_, index) => `${idOfRound(round)}/${index + 1}`);
    const after = round === 1 ? step.after : [...step.after, idOfRound(round - 1)];
    return [
      ...ids.map((id, index): SkillStep => ({ ...step, id, after, notBy: ids.slice(0, index), ...open })),
      {
        id: idOfRound(round),
        does: 'gather',
        goal: `Agree on: ${step.goal}`,
        after: ids,
        of: ids,
        least: 1,
        how: { kind: 'quorum', agreement, conflict },
        ...open,
      },
    ];
  });
  return [...steps, gatherOf(step, steps, roundsOf.map(idOfRound), { kind: 'last', verdictsOf: [] })];
}

/** How many of so many are enough. */
export const quorumOf = (peers: number, agreement: number): number =>
  Math.min(peers, Math.max(1, Math.ceil(peers * agreement - 1e-9)));

function gatherOf(step: SkillStep, inner: readonly Step[], of: readonly string[], how: GatherStep['how']): GatherStep {
  return {
    id: step.id,
    does: 'gather',
    goal: step.goal,
    after: inner.map(({ id }) => id),
    of,
    least: 1,
    how,
    ...whenOf(step),
  };
}

const whenOf = (step: Step): Pick<Step, 'when'> => (step.when ? { when: step.when } : {});
