import type { ConflictRule } from '../core/conflicts.ts';
import { delegationMax, type Gather, type Pattern, type Plan, type PlanStep } from './run.ts';

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
  depthMax: delegationMax,
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
      !step.gather && !step.child && of.includes(step.id) ? rewrite(step, settings) : [step],
    ),
  };
}

const rewriters: Readonly<Record<Pattern, (step: PlanStep, settings: PatternSettings) => readonly PlanStep[]>> = {
  solo: (step) => [step],
  pair,
  hierarchical,
  swarm,
};

/**
 * `x-made-1`, `x-checked-1`; where that sends it back `x-made-2`, `x-checked-2`; …; `x` is what was made last, with the last
 * verdict. Where nobody can check, what was made stands without one.
 */
function pair(step: PlanStep, { checkSkill, sendBacksMax }: PatternSettings): readonly PlanStep[] {
  const turns = Array.from({ length: sendBacksMax + 1 }, (_, index) => index + 1);
  const made = (turn: number) => `${step.id}-made-${turn}`;
  const checked = (turn: number) => `${step.id}-checked-${turn}`;
  const steps = turns.flatMap((turn): readonly PlanStep[] => {
    const sentBack =
      turn > 1 ? { when: { step: checked(turn - 1), name: verdictName, is: 'send-back' } } : whenOf(step);
    const before = turn > 1 ? [made(turn - 1), checked(turn - 1)] : [];
    return [
      { ...step, id: made(turn), needs: [...step.needs, ...before], ...shown(before), ...sentBack },
      {
        ...withoutEffects(step),
        id: checked(turn),
        skill: checkSkill ?? step.skill,
        goal: `Check: ${step.goal}`,
        needs: [...step.needs, made(turn)],
        notBy: [made(turn)],
        shows: [made(turn)],
        optional: true,
        ...sentBack,
      },
    ];
  });
  return [
    ...steps,
    gatherOf(step, steps, { of: turns.map(made), how: { kind: 'last', verdictsOf: turns.map(checked) } }),
  ];
}

/**
 * The step is a run of its own, which plans for itself; at the depth cap it is done here, so delegation ends. So is what needs a person's
 * word: a run below would ask for it once more, and for other arguments than were approved here.
 */
function hierarchical(step: PlanStep, { depth, depthMax }: PatternSettings): readonly PlanStep[] {
  return depth < depthMax && !step.approval ? [{ ...step, child: { depth: depth + 1 } }] : [step];
}

/**
 * `x-r1-1` … `x-r1-n` at once, each by another agent, and `x-r1` says whether they agree; where they do not, another round, which
 * is shown what was held before; `x` is what the last round came to. A peer may fail.
 */
function swarm(step: PlanStep, settings: PatternSettings): readonly PlanStep[] {
  const { peers, rounds, agreement, conflict } = settings;
  const idOfRound = (round: number) => `${step.id}-r${round}`;
  const roundsOf = Array.from({ length: Math.max(1, rounds) }, (_, index) => index + 1);
  const steps = roundsOf.flatMap((round): readonly PlanStep[] => {
    const open = round > 1 ? { when: { step: idOfRound(round - 1), name: agreedName, is: false } } : whenOf(step);
    const needs = round > 1 ? [...step.needs, idOfRound(round - 1)] : step.needs;
    const idsOf = (round: number) => Array.from({ length: peers }, (_, index) => `${idOfRound(round)}-${index + 1}`);
    const ids = idsOf(round);
    const members = ids.map((id, index): PlanStep => ({
      ...step,
      id,
      needs,
      notBy: ids.slice(0, index),
      optional: true,
      ...shown(round > 1 ? idsOf(round - 1) : []),
      ...open,
    }));
    const how = { kind: 'quorum', agreement, conflict } as const;
    const quorum = { ...gatherOf(step, members, { of: ids, how }), id: idOfRound(round), optional: true, ...open };
    return [...members, quorum];
  });
  return [...steps, gatherOf(step, steps, { of: roundsOf.map(idOfRound), how: { kind: 'last', verdictsOf: [] } })];
}

/** How many of so many are enough. */
export const quorumOf = (peers: number, agreement: number): number =>
  Math.min(peers, Math.max(1, Math.ceil(peers * agreement - 1e-9)));

function gatherOf(step: PlanStep, inner: readonly PlanStep[], gather: Gather): PlanStep {
  return { ...withoutEffects(step), needs: inner.map(({ id }) => id), gather };
}

/** A step that changes nothing itself has nothing to take back or to be approved. */
function withoutEffects({ undo: _undo, approval: _approval, ...step }: PlanStep): PlanStep {
  return step;
}

const shown = (steps: readonly string[]): Pick<PlanStep, 'shows'> => (steps.length > 0 ? { shows: steps } : {});

const whenOf = ({ when }: PlanStep): Pick<PlanStep, 'when'> => (when ? { when } : {});
