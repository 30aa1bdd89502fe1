import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { unlearnt, type LearningPool } from '../../src/orchestration/pool.ts';
import { halfLifeMs, posteriorAt, subjectOf, taught, type Posteriors } from '../../src/orchestration/posteriors.ts';
import { modelAgent, providersShown, worthOfProviders } from '../../src/orchestration/providers-learnt.ts';
import { aCard, aSkill } from './a-card.ts';
import { choiceOf, completed, doing, planned, reported, requested, scheduled } from './support/facts.ts';

const call = (provider: string, outcome: string, over: JsonObject = {}): JsonObject => ({
  provider,
  task: 'phrase',
  outcome,
  latencyMs: 400,
  tokens: 30,
  money: 0.01,
  ...over,
});

/** A run whose findings somebody phrased. */
const phrased = (id: string, calls: readonly JsonObject[], by = modelAgent): Fact[] => [
  requested(id),
  planned(doing('phrase')),
  scheduled('phrase', choiceOf(by)),
  reported('phrase', { output: { prose: 'So it is.', calls: [...calls] } }),
  completed,
];

const cards = [modelAgent, 'mcp-tools'].map((name) => aCard(name, [aSkill('phrase')]));
function having(...runs: readonly (readonly Fact[])[]): LearningPool {
  const pool = unlearnt(cards);
  for (const [index, facts] of runs.entries()) {
    pool.sawEntry('acme', `run-${index}`, { at: 1_000, facts: [...facts] }, index + 1);
  }
  return pool;
}
const known = (pool: LearningPool, provider: string, task = 'phrase', org = 'acme') =>
  posteriorAt(pool.known(org).posteriors, subjectOf('provider', provider, task), 1_000);

describe('what runs teach of providers of models', () => {
  it('is what became of each call that is recorded with them: how often, how long, for how much', () => {
    const pool = having(phrased('r', [call('a', 'rejected', { latencyMs: 900 }), call('b', 'answered')]));
    expect(known(pool, 'a')).toMatchObject({ successes: 0, failures: 1, latencyMs: 900, money: 0.01 });
    expect(known(pool, 'b')).toMatchObject({ successes: 1, failures: 0, latencyMs: 400 });
    expect(known(pool, 'b', 'phrase', 'globex')).toMatchObject({ successes: 0, failures: 0 });
    expect(pool.model('acme').learned.shares).toContainEqual(
      expect.objectContaining({ name: 'provider:a/phrase', share: 1 / 3 }),
    );
  });

  it('is nothing where who asked went away, or asked too often', () => {
    const pool = having(phrased('r', [call('a', 'aborted'), call('a', 'rate-limited')]));
    expect(known(pool, 'a')).toMatchObject({ successes: 0, failures: 0 });
  });

  it('is nothing that a tool says, nor what is no record of calls', () => {
    const lies = having(phrased('r', [call('a', 'answered')], 'mcp-tools'));
    expect(known(lies, 'a').successes).toBe(0);
    const broken = having(phrased('r', [{ provider: 'a' }]), phrased('s', [call('a', 'answered', { latencyMs: -1 })]));
    expect(known(broken, 'a').successes).toBe(0);
  });

  it('is also what came of proposing a plan; once, though runs below are given the same', () => {
    const context = { unproposed: 'failed', calls: [call('a', 'wrong-schema', { task: 'plan' })] };
    const attached: Fact = { fact: 'context-attached', context, missing: null };
    const open = requested('r', { kind: 'open' });
    const below = requested('s', { kind: 'open', parent: { run: 'r', depth: 1 } });
    expect(known(having([open, attached]), 'a', 'plan')).toMatchObject({ failures: 1 });
    expect(known(having([open, attached], [below, attached]), 'a', 'plan')).toMatchObject({ failures: 1 });
    // Of any other kind the context is what somebody wrote who asked for it.
    expect(known(having([requested('r'), attached]), 'a', 'plan')).toMatchObject({ failures: 0 });
  });

  it('is also what came of asking an embedder; once, and nothing where whoever asked for the run wrote it', () => {
    const embedded = { model: 'm', calls: [call('a', 'answered', { task: 'embed' })] };
    const attached: Fact = { fact: 'context-attached', context: { embedded }, missing: null };
    const below = requested('s', { parent: { run: 'r', depth: 1 }, context: { embedded } });
    const learnt = (...runs: readonly (readonly Fact[])[]) => known(having(...runs), 'a', 'embed').successes;
    expect(learnt([requested('r'), attached])).toBe(1);
    expect(learnt([requested('r'), attached, attached], [below, attached])).toBe(1);
    expect(learnt([requested('r', { context: { embedded } }), attached])).toBe(0);
  });

  it('is the same whatever comes again, and can be taken back', () => {
    const facts = phrased('r', [call('a', 'answered')]);
    const pool = having(facts);
    pool.sawEntry('acme', 'run-0', { at: 1_000, facts }, 1);
    expect(known(pool, 'a').successes).toBe(1);
    const at = '2026-06-01T00:00:00.000Z';
    pool.sawSaid('acme', { said: 'release', version: 0, by: 'ann', why: 'all wrong', at }, 9, 0);
    expect(known(pool, 'a').successes).toBe(0);
  });
});

describe('what a provider is worth', () => {
  const outcomes = (provider: string, count: number, succeeded: boolean, latencyMs = 400, money = 0.01) =>
    Array.from({ length: count }, () => ({
      subject: subjectOf('provider', provider, 'phrase'),
      succeeded,
      latencyMs,
      money,
      at: 0,
    }));
  const learnt = (...all: readonly ReturnType<typeof outcomes>[]): Posteriors => all.flat().reduce(taught, {});
  /** How often each is worth most, of 200 draws. */
  const wins = (posteriors: Posteriors, at = 0) => {
    const first = { a: 0, b: 0 };
    for (let seed = 0; seed < 200; seed += 1) {
      const worth = worthOfProviders(posteriors, { task: 'phrase', providers: ['a', 'b'], at, seed });
      first[(worth.get('a') ?? 0) > (worth.get('b') ?? 0) ? 'a' : 'b'] += 1;
    }
    return first;
  };

  it('is more where it answers more often, faster or cheaper', () => {
    expect(wins(learnt(outcomes('a', 20, true), outcomes('b', 20, false))).a).toBe(200);
    expect(wins(learnt(outcomes('a', 20, true, 200), outcomes('b', 20, true, 4_000))).a).toBeGreaterThan(180);
    expect(wins(learnt(outcomes('a', 20, true, 400, 0.001), outcomes('b', 20, true, 400, 0.1))).a).toBeGreaterThan(180);
  });

  it('is open of one that is not known, and again of one not asked for long', () => {
    const failedOften = learnt(outcomes('a', 20, true), outcomes('b', 20, false));
    expect(wins({}).a).toBeGreaterThan(70);
    expect(wins({}).b).toBeGreaterThan(70);
    expect(wins(failedOften, 8 * halfLifeMs).b).toBeGreaterThan(30);
  });

  it('is the same for the same seed, and a number whatever is known', () => {
    const one = fc.record({
      subject: fc.constantFrom('a', 'b', 'c').map((name) => subjectOf('provider', name, 'phrase')),
      succeeded: fc.boolean(),
      latencyMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
      money: fc.double({ min: 0, max: 1e4, noNaN: true }),
      at: fc.nat(1e12),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), fc.nat(), (all, seed) => {
        const posteriors = all.reduce(taught, {});
        const asked = { task: 'phrase', providers: ['a', 'b', 'c'], at: 1e12, seed };
        const worth = worthOfProviders(posteriors, asked);
        expect([...worth.keys()]).toEqual(['a', 'b', 'c']);
        for (const value of worth.values()) expect(Math.abs(value)).toBeLessThanOrEqual(1.4);
        expect(worthOfProviders(posteriors, asked)).toEqual(worth);
      }),
    );
  });

  it('is shown with how it came about', () => {
    const shown = providersShown(learnt(outcomes('b', 1, false), outcomes('a', 2, true), outcomes('a', 1, false)), 0);
    expect(shown.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(shown[0]?.tasks).toEqual([
      {
        task: 'phrase',
        calls: expect.closeTo(2.94, 2),
        successRate: expect.closeTo(0.66, 2),
        latencyMs: expect.closeTo(400, 6),
        money: expect.closeTo(0.01, 6),
      },
    ]);
  });
});
