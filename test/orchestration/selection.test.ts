import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../src/orchestration/breaker.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { subjectOf } from '../../src/orchestration/posteriors.ts';
import {
  answered,
  dispatched,
  heardOf,
  noAgents,
  registered,
  type Registry,
} from '../../src/orchestration/registry.ts';
import { betaDraw } from '../../src/orchestration/sampling.ts';
import {
  besideUsual,
  medianOf,
  selected,
  usualWeights,
  type SelectionRequest,
} from '../../src/orchestration/select.ts';
import { sfc32 } from '../../src/core/random.ts';
import { idOf } from '../../src/core/ids.ts';
import { unlearnt } from '../../src/orchestration/pool.ts';
import { aCard, aSkill, free, plenty } from './a-card.ts';
import { begun, over } from './support/facts.ts';

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
const churn = aSkill('churn', { input: ['timeline'] });
const poolOf = (...names: readonly string[]): Registry =>
  names.reduce((registry, name) => registered(registry, aCard(name, [churn]), 0), noAgents);
const outReasons = (registry: Registry, over: Partial<SelectionRequest> = {}) =>
  selected(registry, {}, request(over)).ranking.flatMap(({ agent, reasons }) =>
    reasons.flatMap(({ kind, name }) => (kind === 'out' ? [`${agent}: ${name}`] : [])),
  );
const failed = (registry: Registry, name: string, fault: FaultKind, times: number): Registry =>
  Array.from({ length: times }).reduce<Registry>((after) => answered(after, name, fault, 0), registry);

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

describe('draws from Beta', () => {
  it.each([
    [1, 1],
    [0.5, 2],
    [30, 10],
  ])('of %d and %d have its mean and spread', (alpha, beta) => {
    const uniform = sfc32(idOf('beta'));
    const draws = Array.from({ length: 20_000 }, () => betaDraw(uniform, alpha, beta));
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length;
    const total = alpha + beta;
    expect(mean).toBeCloseTo(alpha / total, 2);
    expect(variance).toBeCloseTo((alpha * beta) / (total ** 2 * (total + 1)), 2);
  });
});

/** How agents of the simulated pool are, before and after the world changes. */
interface Nature {
  readonly success: number;
  readonly latencyMs: number;
  readonly money: number;
}
type World = Readonly<Record<string, Nature>>;
const before: World = {
  steady: { success: 0.93, latencyMs: 900, money: 0.002 },
  quick: { success: 0.8, latencyMs: 300, money: 0.002 },
  dear: { success: 0.93, latencyMs: 900, money: 0.02 },
  shaky: { success: 0.55, latencyMs: 600, money: 0.002 },
  broken: { success: 0, latencyMs: 50, money: 0 },
};
/** The best falls ill, and a middling one is much improved. */
const after: World = {
  ...before,
  steady: { success: 0.45, latencyMs: 900, money: 0.002 },
  quick: { success: 0.95, latencyMs: 300, money: 0.002 },
};
const runMs = 60_000;

/** Expected worth of asking an agent, by the same weights as the choice: what the oracle goes by. */
function worthIn(world: World): ReadonlyMap<string, number> {
  const usual = (of: (nature: Nature) => number) => medianOf(Object.values(world).map(of));
  const [money, latencyMs] = [usual((nature) => nature.money), usual((nature) => nature.latencyMs)];
  return new Map(
    Object.entries(world).map(([name, nature]) => [
      name,
      nature.success -
        usualWeights.cost * besideUsual(nature.money, money) -
        usualWeights.latency * besideUsual(nature.latencyMs, latencyMs),
    ]),
  );
}

/**
 * One run after another, each decided and told as the daemon does it: the choice, the facts of RUNS, and what they teach; and whoever is on
 * trial is tried beside them.
 */
function simulated(seed: number, runs: number, driftAt: number, drifted = after) {
  const uniform = sfc32(idOf('pool', String(seed)));
  const cards = Object.keys(before).map((name) => aCard(name, [churn]));
  const pool = unlearnt(cards);
  const { select } = decidersOf(cards, pool);
  let place = 0;
  const next = () => (place += 1);
  return Array.from({ length: runs }, (_, run) => {
    const at = run * runMs;
    const world = run < driftAt ? before : drifted;
    const trials = pool.trialsDue(at);
    for (const { agent, version, skill } of trials) {
      const passed = uniform() < (world[agent]?.success ?? 0);
      const tookMs = world[agent]?.latencyMs ?? 0;
      pool.sawSaid(
        'acme',
        { said: 'tried', agent, version, skill, fault: passed ? null : 'transient', tookMs },
        next(),
        at,
      );
    }
    const wanted = { org: 'acme', skill: 'churn', input: ['timeline'], excluded: [], budget: plenty, at };
    const choice = select({ ...wanted, seed: Math.floor(uniform() * 2 ** 32) });
    if (!choice) throw new Error('nobody was chosen');
    const nature = world[choice.agent];
    const worth = worthIn(world);
    const [best = '', most = 0] = [...worth].toSorted(([, a], [, b]) => b - a)[0] ?? [];
    const succeeded = uniform() < (nature?.success ?? 0);
    const { latencyMs = 0, money = 0 } = nature ?? {};
    const id = String(run);
    pool.sawEntry('acme', id, { at, facts: begun(id, choice) }, next());
    pool.sawEntry('acme', id, { at: at + latencyMs, facts: over(succeeded, latencyMs, money) }, next());
    return { chosen: choice.agent, best, regret: most - (worth.get(choice.agent) ?? 0), trials: trials.length };
  });
}

describe('a pool that changes', () => {
  const [pools, runs, driftAt] = [40, 1_200, 600];
  const histories = Array.from({ length: pools }, (_, seed) => simulated(seed, runs, driftAt));
  const between = (from: number, to: number) => {
    const all = histories.flatMap((history) => history.slice(from, to));
    const share = (of: (each: (typeof all)[number]) => boolean) => all.filter(of).length / all.length;
    return {
      runs: `${from}–${to}`,
      regret: all.reduce((sum, { regret }) => sum + regret, 0) / all.length,
      best: share(({ chosen, best }) => chosen === best),
      broken: share(({ chosen }) => chosen === 'broken'),
    };
  };
  const windows = Array.from({ length: runs / 100 }, (_, index) => between(index * 100, index * 100 + 100));

  it('is learnt: regret against the oracle falls, the best has most of the traffic, a broken one none', () => {
    const uniformRegret =
      [...worthIn(before).values()].reduce((sum, each) => sum + Math.max(...worthIn(before).values()) - each, 0) / 5;
    const lines = windows.map(
      ({ runs, regret, best, broken }) =>
        `  runs ${runs.padEnd(9)} regret ${regret.toFixed(3)}  to the best ${(best * 100).toFixed(1)} %  to the broken ${(broken * 100).toFixed(2)} %`,
    );
    console.log(
      [
        `${pools} pools of 5 agents, the world changes at run ${driftAt}; regret when choosing blindly ${uniformRegret.toFixed(3)}`,
        ...lines,
      ].join('\n'),
    );
    const [first, , , fourth] = windows;
    expect(fourth?.regret).toBeLessThan((first?.regret ?? 0) / 2);
    expect(between(300, driftAt).best).toBeGreaterThan(0.5);
    // Not one run of all pools: it is tried beside them.
    expect(between(300, runs).broken).toBe(0);
  });

  it('finds that one well again by what it is tried with beside runs, seldom, and it then has most of the traffic', () => {
    const healed: World = { ...before, broken: { success: 0.99, latencyMs: 50, money: 0 } };
    const all = Array.from({ length: 10 }, (_, seed) => simulated(seed, 1_000, 400, healed));
    const ill = all.flatMap((history) => history.slice(100, 400));
    expect(ill.filter(({ trials }) => trials > 0).length / ill.length).toBeLessThan(0.12);
    expect(ill.filter(({ chosen }) => chosen === 'broken')).toEqual([]);
    const later = all.flatMap((history) => history.slice(700));
    expect(later.filter(({ chosen }) => chosen === 'broken').length / later.length).toBeGreaterThan(0.5);
  });

  it('is learnt anew when the best falls ill', () => {
    const [shock, , , settled] = windows.slice(driftAt / 100);
    expect(settled?.regret).toBeLessThan((shock?.regret ?? 0) / 2);
    expect(between(driftAt + 300, runs).best).toBeGreaterThan(0.5);
  });
});
