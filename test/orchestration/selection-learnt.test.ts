import { describe, expect, it } from 'vitest';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { betaDraw } from '../../src/orchestration/sampling.ts';
import { besideUsual, medianOf, usualWeights } from '../../src/orchestration/select.ts';
import { sfc32 } from '../../src/core/random.ts';
import { idOf } from '../../src/core/ids.ts';
import { unlearnt } from '../../src/orchestration/pool.ts';
import { aCard, plenty } from './a-card.ts';
import { begun, over } from './support/facts.ts';
import { type Nature, type World, after, before, churn } from './support/selecting.ts';

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
function simulated(seed: number, runs: number, driftAt: number, drifted = after, first = before) {
  const uniform = sfc32(idOf('pool', String(seed)));
  const cards = Object.keys(before).map((name) => aCard(name, [churn]));
  const pool = unlearnt(cards);
  const { select } = decidersOf(cards, pool);
  let place = 0;
  const next = () => (place += 1);
  return Array.from({ length: runs }, (_, run) => {
    const at = run * runMs;
    const world = run < driftAt ? first : drifted;
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

  it('finds well again also one that did a little while it was ill, and that one has hardly any traffic before', () => {
    const shares = [0.1, 0.2].map((success) => {
      const ill: World = { ...before, broken: { success, latencyMs: 50, money: 0 } };
      const healed: World = { ...before, broken: { success: 0.99, latencyMs: 50, money: 0 } };
      const all = Array.from({ length: 10 }, (_, seed) => simulated(seed, 600, 400, healed, ill));
      const shareOf = (from: number, to: number) => {
        const runs = all.flatMap((history) => history.slice(from, to));
        return runs.filter(({ chosen }) => chosen === 'broken').length / runs.length;
      };
      return { success, ill: shareOf(100, 400), soon: shareOf(400, 450), later: shareOf(450, 600) };
    });
    console.log(
      shares
        .map(
          ({ success, ill, soon, later }) =>
            `  succeeds in ${success}: ${(ill * 100).toFixed(2)} % of the traffic while ill, ${(soon * 100).toFixed(1)} % in the first 50 runs after it was mended, ${(later * 100).toFixed(1)} % in the next 150`,
        )
        .join('\n'),
    );
    for (const { ill, later } of shares) {
      expect(ill).toBeLessThan(0.005);
      expect(later).toBeGreaterThan(0.5);
    }
  });

  it('is learnt anew when the best falls ill', () => {
    const [shock, , , settled] = windows.slice(driftAt / 100);
    expect(settled?.regret).toBeLessThan((shock?.regret ?? 0) / 2);
    expect(between(driftAt + 300, runs).best).toBeGreaterThan(0.5);
  });
});
