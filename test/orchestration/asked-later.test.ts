import { expect, test } from 'vitest';
import { deadlines, decide } from '../../src/orchestration/decide.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { workOf } from '../../src/orchestration/work.ts';
import { aDecider, aPlan, aRequest, aStep, oneCall, quick } from './support/reference.ts';

test('a cancelled run does not start what was only to be tried again later, and ends at once', () => {
  const how = aDecider(aPlan([aStep('a')]));
  let run = noRun;
  const told = (at: number, ...facts: Fact[]) => (run = fold(run, { at, facts }, run.sequence + 1));
  told(0, { fact: 'requested', request: aRequest('r', { limits: { ...quick, backoffMaxMs: 30_000 } }) });
  told(0, { fact: 'admitted' }, { fact: 'context-attached', context: {}, missing: null });
  told(1, ...decide(run, how));
  told(1, ...decide(run, how));
  const failed = { step: 'a', attempt: 1, worker: 'w', tookMs: 1, spent: oneCall, detail: 'busy' } as const;
  told(2, { fact: 'step-failed', ...failed, fault: 'rate-limited', retryAfterMs: 20_000 });
  told(3, ...decide(run, how));
  expect(workOf(run)).toMatchObject([{ step: 'a', attempt: 2, dueAt: 20_003 }]);
  // What is due when it is cancelled may be in somebody's hands already: that is waited for.
  const late = fold(run, { at: 20_003, facts: [{ fact: 'cancel-requested', by: 'ann', why: 'no' }] }, 99);
  expect([workOf(late).length, decide(late, how)]).toEqual([1, []]);
  told(4, { fact: 'cancel-requested', by: 'ann', why: 'not needed' });
  expect(workOf(run)).toEqual([]);
  expect(deadlines(run).map(({ name }) => name)).not.toContain('attempt a 2');
  expect(decide(run, how)).toMatchObject([{ fact: 'run-ended', outcome: 'cancelled' }]);
});

test('a run that people kept waiting for a day still asks its only agent again later', () => {
  const day = 86_400_000;
  const approval = { fourEyes: false, expiresMs: 2 * day, otherwise: 'fail' } as const;
  const how = aDecider(aPlan([aStep('a', [], { approval })]), ['first']);
  let run = noRun;
  const told = (at: number, ...facts: Fact[]) => (run = fold(run, { at, facts }, run.sequence + 1));
  told(0, { fact: 'requested', request: aRequest('r') });
  told(0, { fact: 'admitted' }, { fact: 'context-attached', context: {}, missing: null });
  told(0, ...decide(run, how));
  told(0, ...decide(run, how));
  const argumentsHash = factOf(run, 'approval-requested', 'a')?.fact.argumentsHash ?? '';
  told(day, { fact: 'approval-granted', step: 'a', argumentsHash, by: 'bob', why: 'fine' });
  told(day, ...decide(run, how));
  const failed = { step: 'a', attempt: 1, worker: 'w', tookMs: 1, spent: oneCall, detail: 'busy' } as const;
  told(day + 1, { fact: 'step-failed', ...failed, fault: 'rate-limited', retryAfterMs: 60_000 });
  expect(decide(run, how)).toMatchObject([{ fact: 'step-scheduled', step: 'a', attempt: 2, delayMs: 60_000 }]);
});
