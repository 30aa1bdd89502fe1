import { childrenOf } from '../../../src/orchestration/children.ts';
import type { Entry, Fact } from '../../../src/orchestration/facts.ts';
import { decide, deadlines } from '../../../src/orchestration/decide.ts';
import { factOf, factsOf, fold, noRun } from '../../../src/orchestration/fold.ts';
import { personAt } from '../../../src/orchestration/people.ts';
import type { Deciders, Plan, Run } from '../../../src/orchestration/run.ts';
import { workOf } from '../../../src/orchestration/work.ts';
import { aReport, aRequest, oneCall, quick } from './reference.ts';

export interface Played {
  readonly run: Run;
  readonly entries: readonly (readonly [Pick<Entry, 'at' | 'facts'>, number])[];
}

/** Plays a run without log, clock or agent: decides, and lets what is under way end as chance has it, until nothing follows. */
export function play(
  plan: Plan,
  chance: readonly number[],
  how: Deciders,
  each: (run: Run) => void = () => undefined,
): Played {
  let run = noRun;
  let sequence = 0;
  let draws = 0;
  const entries: (readonly [Pick<Entry, 'at' | 'facts'>, number])[] = [];
  const draw = () => chance[draws++ % chance.length] ?? 0;
  const say = (...facts: readonly Fact[]) => {
    // Other runs write in between.
    sequence += 1 + (draw() % 3);
    const entry = { at: sequence * 10, facts: [...facts] };
    entries.push([entry, sequence]);
    run = fold(run, entry, sequence);
    each(run);
  };
  // In every other run a person is asked.
  const limits = (chance[0] ?? 0) % 2 === 1 ? { ...quick, personMs: 1_000 } : quick;
  say({ fact: 'requested', request: aRequest('r', { limits }) });
  say({ fact: 'admitted' });
  say({ fact: 'context-attached', context: {}, missing: null });
  for (let turn = 0; turn < 5_000 && !factOf(run, 'run-ended'); turn += 1) {
    const decided = decide(run, how);
    if (decided.length > 0) {
      say(...decided);
      continue;
    }
    const under = [...workOf(run), ...childrenOf(run)];
    const work = under[draw() % Math.max(1, under.length)];
    const asked = factsOf(run, 'person-asked').filter(({ fact }) => personAt(run, fact.step) === 'asked');
    const [person] = asked.slice(draw() % 3);
    if (person) say(answerOf(person.fact.step, draw()));
    else if (work) say(...('request' in work ? endOfChild : endOf)(work.step, work.attempt, draw()));
    else {
      const [timer] = deadlines(run).toSorted((a, b) => a.at - b.at);
      if (!timer) return { run, entries };
      say({ fact: 'timer', name: timer.name });
    }
  }
  return { run, entries };
}

function answerOf(step: string, drawn: number): Fact {
  return { fact: 'person-answered', step, done: drawn < 60, by: 'ann', why: 'as it is', output: { found: drawn } };
}

function endOf(step: string, attempt: number, drawn: number): Fact[] {
  const ending = { step, attempt, worker: 'w', tookMs: 1, spent: oneCall };
  const started: Fact = { fact: 'step-started', step, attempt, worker: 'w' };
  const failed = { retryAfterMs: null, detail: 'it failed' };
  const output = { verdict: drawn % 2 === 0 ? 'accept' : 'send-back', found: drawn % 3 };
  if (drawn < 60) return [started, { fact: 'step-finished', ...ending, report: aReport(output) }];
  if (drawn < 75) return [started, { fact: 'step-failed', ...ending, fault: 'transient', ...failed }];
  if (drawn < 82) return [started, { fact: 'step-failed', ...ending, fault: 'invalid', ...failed }];
  if (drawn < 87) return [started, { fact: 'step-failed', ...ending, fault: 'rate-limited', ...failed }];
  if (drawn < 90) return [started, { fact: 'step-failed', ...ending, fault: 'refused', ...failed }];
  return [started, { fact: 'timer', name: `attempt ${step} ${attempt}` }];
}

/** A run under a run is not told to be late: it ends. */
function endOfChild(step: string, attempt: number, drawn: number): Fact[] {
  const ending = { step, attempt, worker: 'run', tookMs: 1, spent: oneCall };
  if (drawn < 70) return [{ fact: 'step-finished', ...ending, report: aReport({ found: drawn % 3 }) }];
  const fault = drawn < 85 ? 'invalid' : 'refused';
  return [{ fact: 'step-failed', ...ending, fault, retryAfterMs: null, detail: 'it is undone' }];
}
