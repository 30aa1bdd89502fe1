import type { SessionReplay } from '../../schemas/run.ts';
import { canonical } from '../core/canonical.ts';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { decide } from './decide.ts';
import type { Entry, Fact, FactOf } from './facts.ts';
import { factOf, fold, noRun } from './fold.ts';
import type { Deciders, Run } from './run.ts';
import { attemptsOf } from './steps.ts';

/** What is told a run. All other facts are decided: they follow from what was true before them. */
const told: ReadonlySet<Fact['fact']> = new Set([
  'requested',
  'admitted',
  'context-attached',
  'timer',
  'step-started',
  'step-finished',
  'step-failed',
  'approval-granted',
  'approval-denied',
  'step-reassigned',
  'budget-refused',
  'person-answered',
  'message-sent',
  'cancel-requested',
]);

/** So many differences are told. */
const differencesMax = 20;

/**
 * Folds entries, each with its sequence, and decides again at each that holds a decision. Nobody is asked: which plan was made, which agent
 * was chosen and what came of it in the end is taken from the record; everything else has to come out of `decide` as it was. The state has
 * to be the same whichever way the entries are folded.
 */
export function replayed(entries: readonly (readonly [Entry, number])[]): SessionReplay {
  let run = noRun;
  let decisions = 0;
  const differences: SessionReplay['differences'] = [];
  for (const [index, [entry, sequence]] of entries.entries()) {
    if (isDecision(entry, run)) {
      decisions += 1;
      const decided = decide(run, recordedIn(entry, run));
      if (textOf(decided) !== textOf(entry.facts)) {
        differences.push({ entry: index + 1, recorded: namesOf(entry.facts), decided: namesOf(decided) });
      }
    }
    run = fold(run, entry, sequence);
  }
  const backwards = entries.toReversed().reduce((before, [entry, sequence]) => fold(before, entry, sequence), noRun);
  const stateHash = hashOf(run);
  return {
    same: differences.length === 0 && hashOf(backwards) === stateHash,
    entries: entries.length,
    decisions,
    differences: differences.slice(0, differencesMax),
    stateHash,
  };
}

const isDecision = ({ facts }: Entry, run: Run): boolean =>
  facts.every((fact) => !told.has(fact.fact)) &&
  !(facts.length === 1 && facts.some((fact) => isImposed(fact, run))) &&
  !isHalt(facts);

/** What is handed over as a run ends for something else: a decision hands over, and ends when nothing is left to take back. */
const isHalt = (facts: readonly Fact[]): boolean =>
  facts.at(-1)?.fact === 'run-ended' && facts.some(({ fact }) => fact === 'handed-over');

/**
 * What does not follow from the run. One that was never begun was refused by whoever counts those that wait; where the log or the queue did
 * not take something, or a decider failed, the run was stopped without a list of what to take back, or a step was ended that is under way.
 */
function isImposed(fact: Fact, run: Run): boolean {
  if (fact.fact === 'compensating') return fact.steps.length === 0;
  if (fact.fact === 'run-ended') {
    const stopped = factOf(run, 'compensating')?.fact;
    return (
      fact.outcome === 'refused' || (fact.outcome === 'failed' && stopped !== undefined && stopped.why !== fact.why)
    );
  }
  if (!('step' in fact) || !endings.has(fact.fact)) return false;
  const last = attemptsOf(run, fact.step).at(-1);
  return last !== undefined && last.fault === undefined;
}

/** Facts that end a step, or its undo, without a report. */
const endings: ReadonlySet<Fact['fact']> = new Set(['step-given-up', 'step-skipped', 'step-degraded', 'handed-over']);

/** Answers what is asked while deciding with what the entry says was answered. */
function recordedIn({ facts }: Entry, run: Run): Deciders {
  const made = facts.find((fact) => fact.fact === 'plan-decided');
  const failed = facts.find((fact) => fact.fact === 'run-ended');
  const scheduled = facts.filter((fact): fact is FactOf<'step-scheduled'> => fact.fact === 'step-scheduled');
  const result = facts.find((fact) => fact.fact === 'result-synthesised');
  const noPlan = 'no plan: ';
  return {
    plan: () => {
      const plan = made?.plan ?? factOf(run, 'plan-decided')?.fact.plan;
      return (
        plan ?? { impossible: failed?.why.startsWith(noPlan) ? failed.why.slice(noPlan.length) : 'none is recorded' }
      );
    },
    select({ seed }) {
      const choice = scheduled.find((fact) => fact.seed === seed);
      return choice && { agent: choice.agent, version: choice.agentVersion, cost: choice.reserve, why: choice.why };
    },
    synthesise: () => result?.result ?? {},
  };
}

const asJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify({ value }));
const textOf = (facts: readonly Fact[]): string => canonical(asJson(facts));
const namesOf = (facts: readonly Fact[]): string[] =>
  facts.map((fact) => ('step' in fact ? `${fact.fact} ${fact.step}` : fact.fact));

const hashOf = ({ facts, sequence, at }: Run): string =>
  idOf(canonical(asJson({ facts: Object.fromEntries(facts), sequence, at })));
