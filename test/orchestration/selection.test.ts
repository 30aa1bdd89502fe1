import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/orchestration/breaker.ts';
import { risks, type Risk } from '../../src/orchestration/policy.ts';
import { subjectOf } from '../../src/orchestration/posteriors.ts';
import {
  answered,
  dispatched,
  heardOf,
  noAgents,
  registered,
  type Registry,
} from '../../src/orchestration/registry.ts';
import { selected, type SelectionRequest } from '../../src/orchestration/select.ts';
import { aCard, aSkill, free, plenty } from './a-card.ts';

import { churn } from './support/selecting.ts';

const request = (over: Partial<SelectionRequest> = {}): SelectionRequest => ({
  skill: 'churn',
  input: ['timeline'],
  output: ['churn'],
  budget: plenty,
  excluded: [],
  at: 0,
  seed: 1,
  ...over,
});

const poolOf = (...names: readonly string[]): Registry =>
  names.reduce((registry, name) => registered(registry, aCard(name, [churn]), 0), noAgents);

const outReasons = (registry: Registry, over: Partial<SelectionRequest> = {}) =>
  selected(registry, {}, request(over)).ranking.flatMap(({ agent, reasons }) =>
    reasons.flatMap(({ kind, name }) => (kind === 'out' ? [`${agent}: ${name}`] : [])),
  );

const failed = (registry: Registry, name: string, fault: FaultKind, times: number): Registry =>
  Array.from({ length: times }).reduce<Registry>((after) => answered(after, name, fault, 0), registry);

describe('the more may be broken', () => {
  // Cheap and at once, of whom two tasks are known; slower and dearer, of whom forty are.
  const posteriors = {
    [subjectOf('agent', 'new', 'churn')]: { successes: 2, failures: 0, latencyMs: 20, money: 0, at: 0 },
    [subjectOf('agent', 'tried', 'churn')]: { successes: 39, failures: 1, latencyMs: 400_000, money: 4, at: 0 },
  };
  const chosenAt = (risk: Risk) =>
    Array.from({ length: 200 }, (_, seed) => selected(poolOf('new', 'tried'), posteriors, request({ seed, risk })));

  it('the more proven success counts: at high risk nobody is tried for being cheap and quick', () => {
    const shares = risks.map((risk) => chosenAt(risk).filter(({ chosen }) => chosen === 'tried').length / 200);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.5);
    expect(shares[2]).toBe(1);
  });

  it('is told in the reasons, and the score is still their sum', () => {
    const [first] = chosenAt('high')[0]?.ranking ?? [];
    expect(first?.reasons[0]).toMatchObject({ name: 'success', text: expect.stringContaining('at high risk') });
    const sum = first?.reasons.reduce((sum, each) => sum + (each.kind === 'term' ? each.value * each.weight : 0), 0);
    expect(first?.score).toBeCloseTo(sum ?? NaN, 12);
  });
});

describe('who is asked', () => {
  it('must have the skill, be given what it needs, and give what is wanted', () => {
    const registry = registered(poolOf('a'), aCard('other', [aSkill('margins')]), 0);
    expect(outReasons(registry)).toEqual(['other: capability']);
    expect(outReasons(registry, { input: [] })).toContain('a: schema');
    expect(outReasons(registry, { output: ['forecast'] })).toContain('a: schema');
  });

  it('is alive, is within policy, quota and budget, and is not excluded', () => {
    const rash = registered(noAgents, aCard('a', [{ ...churn, sideEffects: 'irreversible' }]), 0);
    expect(outReasons(rash)).toEqual([]);
    expect(outReasons(rash, { risk: 'high' })).toEqual(['a: policy']);
    expect(outReasons(poolOf('a'), { at: 30_001 })).toEqual(['a: gone']);
    expect(outReasons(heardOf(poolOf('a'), 'a', 0, 20_000), { at: 30_001 })).toEqual([]);
    expect(outReasons(poolOf('a'), { excluded: ['a'] })).toEqual(['a: excluded']);
    expect(outReasons(poolOf('a'), { budget: free })).toEqual(['a: budget']);

    const rare = registered(noAgents, aCard('a', [churn]), 0, { tasks: 2, perMs: 10_000 });
    const twice = dispatched(dispatched(rare, 'a', 0), 'a', 0);
    expect(outReasons(dispatched(rare, 'a', 0))).toEqual([]);
    expect(outReasons(twice)).toEqual(['a: quota']);
    expect(outReasons(twice, { at: 4_999 })).toEqual(['a: quota']);
    expect(outReasons(twice, { at: 5_000 })).toEqual([]);
  });

  it('has the least to do of those who are alike, and is not refused for having much to do', () => {
    const busy = Array.from({ length: 40 }).reduce<Registry>((after) => dispatched(after, 'a', 0), poolOf('a', 'b'));
    const chosen = Array.from({ length: 200 }, (_, seed) => selected(busy, knownAlike, request({ seed })).chosen);
    expect(chosen.filter((name) => name === 'b').length).toBeGreaterThan(190);
    expect(outReasons(busy)).toEqual([]);
  });

  it('has not failed five times in a row; later one task tries it, and its success closes the breaker', () => {
    expect(outReasons(failed(poolOf('a'), 'a', 'transient', 4))).toEqual([]);
    const open = failed(poolOf('a'), 'a', 'transient', 5);
    expect(outReasons(open)).toEqual(['a: breaker']);
    expect(outReasons(open, { at: 30_000 })).toEqual([]);
    const tried = dispatched(open, 'a', 30_000);
    expect(outReasons(tried, { at: 30_000 })).toEqual(['a: breaker']);
    expect(outReasons(answered(tried, 'a', null, 30_100), { at: 30_100 })).toEqual([]);
    const again = heardOf(answered(tried, 'a', 'timed-out', 30_100), 'a', 0, 80_000);
    expect(outReasons(again, { at: 90_000 })).toEqual(['a: breaker']);
    expect(outReasons(again, { at: 90_100 })).toEqual([]);
  });

  it('is left alone when asked too often, and is not held to be ill for it', () => {
    const limited = failed(poolOf('a'), 'a', 'rate-limited', 20);
    expect(outReasons(limited)).toEqual(['a: quota']);
    expect(outReasons(limited, { at: 1_000 })).toEqual([]);
  });

  it('is nobody when nobody is left, and every one is named with why', () => {
    const selection = selected(poolOf('a', 'b'), {}, request({ excluded: ['a', 'b'] }));
    expect(selection.chosen).toBeNull();
    expect(selection.ranking.map(({ agent, score }) => [agent, score])).toEqual([
      ['a', null],
      ['b', null],
    ]);
  });

  it('is the same for the same seed, whatever order the agents came in; and its score is the sum of its reasons', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1 });
    fc.assert(
      fc.property(names, fc.nat(), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (names, successes, seed) => {
        const posteriors = { [subjectOf('agent', 'a', 'churn')]: { ...aPosterior, successes: successes % 50 } };
        const excluded = names.slice(2);
        const one = selected(poolOf(...names), posteriors, request({ seed, excluded }));
        const other = selected(poolOf(...names.toReversed()), posteriors, request({ seed, excluded }));
        expect(other).toEqual(one);
        expect(one.chosen).toBe(one.ranking[0]?.agent);
        for (const { score, reasons } of one.ranking.slice(0, 2)) {
          const sum = reasons.reduce((sum, each) => sum + (each.kind === 'term' ? each.value * each.weight : 0), 0);
          expect(score).toBeCloseTo(sum, 12);
        }
      }),
    );
  });
});

const aPosterior = { successes: 0, failures: 0, latencyMs: 0, money: 0, at: 0 };

const knownAlike = Object.fromEntries(
  ['a', 'b'].map((name) => [subjectOf('agent', name, 'churn'), { ...aPosterior, successes: 45, failures: 5 }]),
);
