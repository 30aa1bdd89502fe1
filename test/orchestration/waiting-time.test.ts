import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childrenOf, endOfChild } from '../../src/orchestration/children.ts';
import { deadlines, decide } from '../../src/orchestration/decide.ts';
import { decodeEntry, encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { factOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { waitedMs, waitsForPerson } from '../../src/orchestration/people.ts';
import type { Plan, PlanStep, Run } from '../../src/orchestration/run.ts';
import { choiceOf, scheduled } from './support/facts.ts';
import { aDecider, aPlan, aRequest, aStep, oneCall, quick } from './support/reference.ts';

const approval = { fourEyes: false, expiresMs: 86_400_000, otherwise: 'fail' } as const;
const [minute, hour] = [60_000, 3_600_000];
const limits = { ...quick, runMs: hour, personMs: 24 * hour };

/** A run as far as these were told, each at its time. */
const told = (...entries: readonly (readonly [at: number, ...facts: readonly Fact[]])[]): Run =>
  entries.reduce((run, [at, ...facts]) => fold(run, { at, facts }, run.sequence + 1), noRun);

const begun = (plan: Plan): readonly Fact[] => [
  { fact: 'requested', request: aRequest('r', { limits }) },
  { fact: 'admitted' },
  { fact: 'context-attached', context: {}, missing: null },
  { fact: 'plan-decided', plan },
];
const task = { key: 'r/a', org: 'acme', entity: null, skill: 'work', goal: '', asOf: '', input: {} };
const toApprove = (step: string): Fact => ({ fact: 'approval-requested', step, task, argumentsHash: '' });
const toDo = (step: string): Fact => ({ fact: 'person-asked', step, task, why: '' });
const answered = (step: string): Fact => ({
  fact: 'person-answered',
  step,
  done: true,
  by: 'ann',
  why: '',
  output: {},
});

describe('the time a run waits for people', () => {
  test('counts once, however many are asked at once, up to whenever one likes', () => {
    const time = fc.nat(20);
    const question = fc.record({ from: time, takes: fc.option(time) });
    fc.assert(
      fc.property(fc.array(question, { maxLength: 6 }), time, (questions, until) => {
        const run = told(
          ...questions.flatMap(({ from, takes }, index) => {
            const asked = [from, toDo(`s${index}`)] as const;
            return takes === null ? [asked] : [asked, [from + takes, answered(`s${index}`)] as const];
          }),
        );
        const isAsked = (at: number) =>
          questions.some(({ from, takes }) => from <= at && at < from + (takes ?? Infinity));
        const before = (end: number) => Array.from({ length: end }, (_, at) => at).filter(isAsked).length;
        expect(waitedMs(run, until)).toBe(before(until));
        const isOpen = questions.some(({ takes }) => takes === null);
        expect(waitedMs(run)).toBe(isOpen ? Infinity : before(40));
        expect(waitsForPerson(run)).toBe(isOpen);
      }),
    );
  });

  test('leaves a run under it what time was left when it was wanted, though several are asked meanwhile', () => {
    const delegated = { ...scheduled('c', choiceOf('run')), child: 'child' };
    const plan = aPlan([aStep('a', [], { approval }), aStep('b', [], { approval }), aStep('c')]);
    const wanted = [toApprove('a'), toApprove('b'), delegated];
    const run = told([0, ...begun(plan)], [10 * minute, ...wanted]);
    const [child] = childrenOf(run);
    if (!child) throw new Error('it has no run under it');
    expect(child.request.limits.runMs).toBe(50 * minute);
    expect(() => decodeEntry(encodeEntry(0, [{ fact: 'requested', request: child.request }]))).not.toThrow();
    // The same whenever it is looked at.
    const later = fold(run, { at: 40 * minute, facts: [{ fact: 'cancel-requested', by: 'ann', why: '' }] }, 9);
    expect(childrenOf(later)[0]?.request).toEqual(child.request);
  });

  test('ends with a run under it, whose questions nobody answers any more', () => {
    const plan = aPlan([aStep('a', [], { approval }), aStep('b', [], { approval })]);
    const run = told(
      [0, ...begun(plan)],
      [10 * minute, toApprove('a'), toApprove('b')],
      [30 * minute, { fact: 'run-ended', outcome: 'cancelled', why: 'ann cancelled it' }],
    );
    const child = { request: aRequest('r'), step: 'c', attempt: 1, cancel: undefined };
    expect(endOfChild(run, child)).toMatchObject({ tookMs: 30 * minute, waitedMs: 20 * minute });
  });

  test('takes no second try from a step beside it', () => {
    const plan = aPlan([aStep('a', [], { approval }), aStep('b', [], { approval }), aStep('c')]);
    const how = aDecider(plan, ['first']);
    let run = told([0, ...begun(plan)]);
    run = fold(run, { at: 0, facts: [...decide(run, how)] }, 2);
    const end = { step: 'c', attempt: 1, worker: 'w', tookMs: 1, spent: oneCall, detail: 'busy' } as const;
    const busy: Fact = { fact: 'step-failed', ...end, fault: 'rate-limited', retryAfterMs: minute };
    run = fold(run, { at: 1, facts: [busy] }, 3);
    expect(decide(run, how)).toMatchObject([{ fact: 'step-scheduled', step: 'c', attempt: 2, delayMs: minute }]);
  });

  const nobody = { ...limits, unassigned: 0 };
  test.each<readonly [string, Partial<PlanStep>, typeof limits]>([
    ['its plan has an answer', { degraded: { got: 'nothing' } }, nobody],
    ['nobody is found at once', {}, limits],
    ['a person is asked, and does it', {}, nobody],
  ])('is over when a step was approved, also where no agent begins it: %s', (_, more, limits) => {
    const plan = aPlan([aStep('a', [], { approval, ...more }), aStep('b', ['a'])]);
    const how = aDecider(plan, []);
    const request = aRequest('r', { limits });
    let run = told([0, { fact: 'requested', request }, ...begun(plan).slice(1)]);
    const say = (at: number, ...facts: Fact[]) => (run = fold(run, { at, facts }, run.sequence + 1));
    say(0, ...decide(run, how));
    expect(deadlines(run).map(({ name }) => name)).not.toContain('run');
    const argumentsHash = factOf(run, 'approval-requested', 'a')?.fact.argumentsHash ?? '';
    say(20 * hour, { fact: 'approval-granted', step: 'a', argumentsHash, by: 'bob', why: 'fine' });
    say(20 * hour, ...decide(run, how));
    if (factOf(run, 'person-asked', 'a')) say(20 * hour, answered('a'));
    expect(deadlines(run)).toContainEqual({ name: 'run', at: 21 * hour });
  });
});
