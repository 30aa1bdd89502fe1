import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/orchestration/facts.ts';
import { type LearningPool } from '../../src/orchestration/pool.ts';
import { posteriorAt, subjectOf } from '../../src/orchestration/posteriors.ts';
import {
  begun,
  choiceOf,
  completed,
  doing,
  failed,
  over,
  planned,
  reported,
  requested,
  scheduled,
} from './support/facts.ts';
import { free } from './a-card.ts';
import { aFinding, churnOf, having } from './support/pools.ts';

const agentIn = (pool: LearningPool, name: string, org = 'acme') => {
  const agent = pool.agents(org).get(name);
  if (!agent) throw new Error('no such agent');
  return agent;
};

describe('what a run teaches', () => {
  it('is how its agents did, how often, how long and for how much; and how its strategy did', () => {
    const pool = having(['r', ...begun('r', choiceOf('a'))], ['r', ...over(true, 250, 0.5)]);
    expect(churnOf(pool, 'a')).toMatchObject({ successes: 1, failures: 0, latencyMs: 250, money: 0.5 });
    const strategy = subjectOf('strategy', 'sequential', 'customer_health');
    expect(posteriorAt(pool.known('acme').posteriors, strategy, 0)).toMatchObject({ successes: 1, latencyMs: 1_000 });
  });

  it('is what it cost, with what runs under it spent and came to nothing with, told once or twice', () => {
    const costing = (fact: Fact, money: number): Fact =>
      'spent' in fact ? { ...fact, spent: { ...free, money } } : fact;
    const below: Fact = { ...scheduled('churn', choiceOf('run')), child: 'below' };
    const lost = costing(failed('churn', 'transient'), 0.3);
    const again = [scheduled('churn', choiceOf('a'), 2), costing(reported('churn', {}, 2), 0.2)];
    const pool = having(['r', requested('r'), planned(doing('churn')), below, lost, lost, ...again, completed]);
    const strategy = subjectOf('strategy', 'sequential', 'customer_health');
    expect(posteriorAt(pool.known('acme').posteriors, strategy, 0).money).toBeCloseTo(0.5, 10);
    expect(churnOf(pool, 'a')).toMatchObject({ successes: 1, failures: 0, money: 0.2 });
  });

  it.each(['by agents', 'by runs under it', 'with what others had found just before'])(
    'is which steps went with success, done %s',
    (how) => {
      const done = (step: string): Fact[] => {
        const by = scheduled(step, choiceOf('a'));
        const finding = reported(step, { insights: [aFinding()] });
        if (how === 'by runs under it') return [{ ...by, child: `under ${step}` }, finding];
        const reused = { reused: { of: 'another', how: 'kept', savedMs: 1 } } as const;
        return how === 'by agents' ? [by, finding] : [by, { ...finding, ...reused }];
      };
      const runs = Array.from({ length: 24 }, (_, number) => {
        const steps = number < 12 ? [doing('look'), doing('act')] : [doing('act')];
        const facts = steps.flatMap(({ id }) =>
          number < 12 ? done(id) : [scheduled(id, choiceOf('a')), reported(id)],
        );
        return [`r${number}`, requested(`r${number}`), planned(...steps), ...facts, completed] as const;
      });
      expect(having(...runs).suggestions('acme').suggestions).toMatchObject([
        { sequence: ['look', 'act'], runs: 12, succeeded: 12, otherwise: 0 },
      ]);
    },
  );

  it('is how its pattern did in cases like it, where that was chosen by what is known', () => {
    const why = { level: 'simple', risk: 'low' };
    const plan = (more: object): Fact => {
      const made = planned(doing('churn'));
      return made.fact === 'plan-decided'
        ? { ...made, plan: { ...made.plan, pattern: { name: 'pair', why: { ...why, ...more } } } }
        : made;
    };
    const pairs = (more: object) => {
      const pool = having(['r', requested('r'), plan(more)], ['r', completed]);
      return posteriorAt(pool.known('acme').posteriors, subjectOf('pattern', 'pair', 'simple-low'), 0).successes;
    };
    expect(pairs({})).toBe(1);
    expect(pairs({ instead: 'it does not fit' })).toBe(0);
  });

  it('is nothing where an earlier answer was used again', () => {
    const reused = { of: 'earlier/churn', how: 'kept', savedMs: 100 } as const;
    const first = reported('churn');
    const again: Fact = first.fact === 'step-finished' ? { ...first, reused } : first;
    const pool = having(['r', ...begun('r', choiceOf('a'))], ['r', again, completed]);
    expect(churnOf(pool, 'a')).toMatchObject({ successes: 0, failures: 0 });
    expect(agentIn(pool, 'a').inFlight).toBe(0);
  });

  it('stays within its organisation', () => {
    const pool = having(['r', ...begun('r', choiceOf('a'))], ['r', ...over(false, 250, 0)]);
    expect(churnOf(pool, 'a', 'globex')).toMatchObject({ successes: 0, failures: 0 });
    expect(agentIn(pool, 'a', 'globex').breaker.faults).toBe(0);
  });

  it('is one answer a task: who was taken for dead and answers all the same has failed', () => {
    const late: Fact = { fact: 'timer', name: 'attempt churn 1' };
    const pool = having(
      ['r', ...begun('r', choiceOf('a'))],
      ['r', late, scheduled('churn', choiceOf('b'), 2)],
      ['r', reported('churn')],
      ['r', reported('churn', {}, 2)],
      ['r', completed],
    );
    expect(churnOf(pool, 'a')).toMatchObject({ successes: 0, failures: 1 });
    expect(churnOf(pool, 'b')).toMatchObject({ successes: 0, failures: 0 });
    expect([agentIn(pool, 'a').inFlight, agentIn(pool, 'b').inFlight]).toEqual([0, 0]);
  });

  it('is nothing of an agent’s health where it was only asked too often', () => {
    const runs = Array.from({ length: 10 }, (_, run) => String(run));
    const limited = having(
      ...runs.map((run) => [run, ...begun(run, choiceOf('a')), failed('churn', 'rate-limited')] as const),
    );
    expect(agentIn(limited, 'a')).toMatchObject({ breaker: { faults: 0, openUntil: null }, coolsUntil: 11_000 });
    expect(churnOf(limited, 'a')).toMatchObject({ failures: 0 });
    const ill = having(
      ...runs.map((run) => [run, ...begun(run, choiceOf('a')), failed('churn', 'transient')] as const),
    );
    expect(agentIn(ill, 'a').breaker.openUntil).not.toBeNull();
  });

  it('is nothing of an agent that was stopped because its answer could change nothing any more', () => {
    const why = 'not needed: 2 of 3 agree';
    const pool = having(
      ['r', ...begun('r', choiceOf('a')), scheduled('late', choiceOf('b'))],
      ['r', { fact: 'step-skipped', step: 'late', why }],
      ['r', failed('late', 'transient')],
    );
    expect(agentIn(pool, 'b')).toMatchObject({ inFlight: 0, breaker: { faults: 0 } });
    expect(agentIn(pool, 'a').inFlight).toBe(1);
    expect(posteriorAt(pool.known('acme').posteriors, subjectOf('agent', 'b', ''), 0)).toMatchObject({ failures: 0 });
  });

  it('frees what was under way when the run ends, whatever nobody told of', () => {
    const pool = having(['r', ...begun('r', choiceOf('a'))]);
    expect(agentIn(pool, 'a').inFlight).toBe(1);
    const ended: Fact = { fact: 'run-ended', outcome: 'cancelled', why: 'enough' };
    expect(agentIn(having(['r', ...begun('r', choiceOf('a'))], ['r', ended]), 'a').inFlight).toBe(0);
  });

  it('is the same on replay, and a message that comes again teaches nothing', () => {
    const entry = fc.tuple(fc.constantFrom('r', 's', 't'), fc.constantFrom('a', 'b'), fc.nat(4));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const log = entries.map(([run, agent, what]) => [run, ...factsFor(run, agent, what)] as const);
        const once = having(...log);
        const again = having(...log);
        for (const [index, [run, ...facts]] of log.entries())
          again.sawEntry('acme', run, { at: (index + 1) * 1_000, facts }, index + 1);
        expect(again.known('acme')).toEqual(once.known('acme'));
        expect([...again.agents('acme')]).toEqual([...once.agents('acme')]);
        for (const { inFlight } of once.agents('acme').values()) expect(inFlight).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

function factsFor(run: string, agent: string, what: number): readonly Fact[] {
  const step = 'churn';
  const kinds: readonly (readonly Fact[])[] = [
    begun(run, choiceOf(agent)),
    [reported(step)],
    [failed(step, 'transient')],
    [scheduled(step, choiceOf(agent), 2)],
    [completed],
  ];
  return kinds[what] ?? [];
}
