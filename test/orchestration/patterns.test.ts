import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { patternFor, patternSubject, spreadOf, type Case } from '../../src/orchestration/choose.ts';
import { conflictRules, resolved, type ConflictRule } from '../../src/core/conflicts.ts';
import { gathered, type Gathered } from '../../src/orchestration/gather.ts';
import { inPattern, usualSettings, type PatternSettings } from '../../src/orchestration/patterns.ts';
import { patterns, type Plan, type PlanStep } from '../../src/orchestration/run.ts';
import { taught, type Posteriors } from '../../src/orchestration/posteriors.ts';
import { stepsMax } from '../../src/orchestration/carried.ts';
import { faultsOf } from '../../src/orchestration/validate.ts';
import { aCard, aSkill, plenty } from './a-card.ts';
import { planOf, step } from './a-plan.ts';

const cards = [aCard('looker', [aSkill('look', { output: ['found'] })])];
const settings = (over: Partial<PatternSettings> = {}): PatternSettings => ({ ...usualSettings, ...over });

/** Runs a plan as it says it is to be run, with these answers. */
function run(plan: Plan, answer: (step: PlanStep) => JsonObject | 'fails'): ReadonlyMap<string, Gathered> {
  const ends = new Map<string, Gathered>();
  const endOf = (step: PlanStep): Gathered => {
    const { id: name, when } = step;
    const seen = when && ends.get(when.step);
    if (when && !(seen?.state === 'done' && seen.output[when.name] === when.is))
      return { state: 'skipped', step: name };
    const end = (output: JsonObject): Gathered => ({
      state: 'done',
      step: name,
      by: name,
      output,
      confidence: 0.5,
      evidence: 1,
    });
    const fails: Gathered = { state: step.optional ? 'skipped' : 'failed', step: name };
    if (step.gather) {
      const all = gathered(step.gather, [...ends.values()]);
      return all.kind === 'gathered' ? end(all.output) : fails;
    }
    if (step.needs.some((before) => ends.get(before)?.state === 'failed')) return fails;
    const given = answer(step);
    return given === 'fails' ? fails : end(given);
  };
  for (let left = plan.steps; left.length > 0; left = left.filter(({ id }) => !ends.has(id))) {
    const next = left.find(({ needs }) => needs.every((id) => ends.has(id)));
    if (!next) throw new Error(`nothing can start of ${left.map(({ id }) => id).join(', ')}`);
    ends.set(next.id, endOf(next));
  }
  return ends;
}

const done = (ends: ReadonlyMap<string, Gathered>) =>
  [...ends].flatMap(([id, { state }]) => (state === 'done' ? [id] : []));
const outputOf = (ends: ReadonlyMap<string, Gathered>, id: string): JsonObject | undefined => {
  const end = ends.get(id);
  return end?.state === 'done' ? end.output : undefined;
};

describe('a plan in a pattern', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const anyPlan = fc
    .tuple(...ids.map((id, index) => fc.subarray(ids.slice(0, index)).map((needs) => step(id, needs))))
    .map((steps) => planOf(...steps));
  const anySettings = fc.record({
    sendBacksMax: fc.nat(3),
    depth: fc.nat(3),
    peers: fc.integer({ min: 1, max: 4 }),
    rounds: fc.integer({ min: 1, max: 3 }),
    agreement: fc.double({ min: 0.1, max: 1, noNaN: true }),
  });
  const answers = fc.infiniteStream(
    fc.constantFrom<JsonObject | 'fails'>(
      { verdict: 'accept' },
      { verdict: 'send-back' },
      { found: 1 },
      { found: 2, verdict: 'send-back' },
      'fails',
    ),
  );

  it('is still a plan, keeps the names of its steps, and ends whatever agents answer', () => {
    fc.assert(
      fc.property(anyPlan, fc.constantFrom(...patterns), anySettings, answers, (plan, pattern, over, answers) => {
        const rewritten = inPattern(plan, pattern, settings(over));
        if (rewritten.steps.length > stepsMax) return;
        expect(faultsOf(rewritten, { given: [], budget: plenty, risk: 'low' }, cards)).toEqual([]);
        expect(rewritten.steps.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
        const ends = run(rewritten, () => answers.next().value);
        expect(ends.size).toBe(rewritten.steps.length);
      }),
    );
  });

  it('of a run under others is not delegated for ever', () => {
    let depth = 0;
    for (let runs = 0; runs < 10; runs += 1) {
      const { steps } = inPattern(planOf(step('a')), 'hierarchical', settings({ depth, depthMax: 3 }));
      depth = steps.find(({ child }) => child)?.child?.depth ?? depth;
    }
    expect(depth).toBe(3);
  });

  it('leaves what needs a person’s word where it is asked for', () => {
    const approval = { fourEyes: false, expiresMs: 1, otherwise: 'fail' } as const;
    const { steps } = inPattern(planOf(step('a'), { ...step('b'), approval }), 'hierarchical', settings());
    expect(steps.map(({ id, child }) => `${id} ${child !== undefined}`)).toEqual(['a true', 'b false']);
  });
});

describe('a pair', () => {
  const pair = inPattern(planOf(step('a'), step('b', ['a'])), 'pair', settings({ sendBacksMax: 2 }), ['a']);
  const answering =
    (...verdicts: readonly string[]) =>
    ({ id }: PlanStep): JsonObject => {
      const turn = Number(id.at(-1));
      return id.includes('checked') ? { verdict: verdicts[turn - 1] ?? 'accept' } : { found: turn || 0 };
    };

  it('ends with the first that is accepted; who checks has not made it', () => {
    expect(done(run(pair, answering('accept')))).toEqual(['a-made-1', 'a-checked-1', 'a', 'b']);
    const ends = run(pair, answering('send-back', 'accept'));
    expect(done(ends)).toEqual(['a-made-1', 'a-checked-1', 'a-made-2', 'a-checked-2', 'a', 'b']);
    expect(outputOf(ends, 'a')).toEqual({ found: 2, verdict: 'accept' });
    for (const each of pair.steps) {
      if (each.id.includes('checked')) expect(each).toMatchObject({ notBy: [each.id.replace('checked', 'made')] });
    }
  });

  it('is sent back so often at most, and what stands then says it was not accepted', () => {
    const ends = run(pair, answering('send-back', 'send-back', 'send-back'));
    expect(done(ends).filter((id) => id.includes('made'))).toHaveLength(3);
    expect(outputOf(ends, 'a')).toEqual({ found: 3, verdict: 'send-back' });
  });
});

describe('a swarm', () => {
  const swarm = inPattern(planOf(step('a')), 'swarm', settings({ peers: 3, rounds: 2, agreement: 0.6 }));
  const held = (first: readonly Json[], second: readonly Json[] = []) =>
    run(swarm, ({ id }) => {
      const [, round, peer] = id.split('-');
      return { found: (round === 'r1' ? first : second)[Number(peer) - 1] ?? null };
    });

  it('takes what enough peers hold, and needs no other round then', () => {
    const ends = held([1, 2, 1]);
    expect(outputOf(ends, 'a')).toEqual({ found: 1, agreed: true });
    expect(ends.get('a-r2')?.state).toBe('skipped');
  });

  it('goes another round when they do not agree, and stops after the last', () => {
    expect(outputOf(held([1, 2, 3], [2, 2, 1]), 'a')).toEqual({ found: 2, agreed: true });
    expect(outputOf(held([1, 2, 3], [7, 8, 9]), 'a')).toEqual({ found: 7, agreed: false });
  });

  it('asks others than those who have answered, and stops those who can change nothing', () => {
    const peers = swarm.steps.filter(({ id }) => /r1-\d/.test(id));
    expect(peers.map(({ notBy }) => notBy)).toEqual([[], ['a-r1-1'], ['a-r1-1', 'a-r1-2']]);
    const round = swarm.steps.find(({ id }) => id === 'a-r1');
    if (!round?.gather) throw new Error('no round');
    const one = { state: 'done', by: 'x', output: { found: 1 }, confidence: 0.5, evidence: 1 } as const;
    expect(gathered(round.gather, [{ ...one, step: 'a-r1-1' }])).toEqual({ kind: 'waiting' });
    expect(
      gathered(round.gather, [
        { ...one, step: 'a-r1-1' },
        { ...one, step: 'a-r1-3' },
      ]),
    ).toMatchObject({ kind: 'gathered', from: ['a-r1-1', 'a-r1-3'], stop: ['a-r1-2'] });
  });
});

describe('when two agents disagree', () => {
  const early = { by: 'early', confidence: 0.6, evidence: 1, holders: 2 };
  const late = { by: 'late', confidence: 0.9, evidence: 3, holders: 1 };

  it.each<[ConflictRule, string]>([
    ['first-stands', 'early'],
    ['surer-stands', 'late'],
    ['better-evidenced-stands', 'late'],
    ['most-stand', 'early'],
  ])('%s: %s stands, and the rule is named', (rule, stands) => {
    expect(resolved(rule, early, late)).toMatchObject({ stands: { by: stands }, rule });
  });

  it('the one that was first stands where the rule finds no difference', () => {
    for (const rule of ['first-stands', 'surer-stands', 'better-evidenced-stands', 'most-stand'] as const) {
      expect(conflictRules[rule]).not.toBe('');
      expect(resolved(rule, early, { ...early, by: 'other' }).stands.by).toBe('early');
    }
  });
});

describe('the chooser', () => {
  const aCase = (over: Partial<Case> = {}): Case => ({
    complexity: {
      steps: 1,
      skills: 1,
      depth: 1,
      width: 1,
      workSeconds: 1,
      spanSeconds: 1,
      effects: 0,
      level: 'simple',
    },
    risk: 'low',
    spread: 0,
    allowed: patterns,
    ...over,
  });
  const complex = { ...aCase().complexity, level: 'complex' } as const;
  const shares = (one: Case, posteriors: Posteriors = {}) => {
    const chosen = Array.from({ length: 300 }, (_, seed) => patternFor(one, posteriors, 0, seed).chosen);
    return Object.fromEntries(patterns.map((each) => [each, chosen.filter((it) => it === each).length / 300]));
  };
  const mostly = (shares: Readonly<Record<string, number>>) =>
    Object.entries(shares).toSorted(([, a], [, b]) => b - a)[0]?.[0];

  it('lets one agent do what is simple, has a risk checked, and divides what is wide', () => {
    expect(mostly(shares(aCase()))).toBe('solo');
    expect(mostly(shares(aCase({ risk: 'high' })))).toBe('pair');
    expect(mostly(shares(aCase({ complexity: complex, spread: 1 })))).toBe('hierarchical');
  });

  it('learns what goes well in such cases', () => {
    const one = aCase({ risk: 'medium' });
    const outcomes = Array.from({ length: 80 }, (_, index) => {
      const pattern = patterns[index % patterns.length] ?? 'solo';
      const subject = patternSubject(pattern, one);
      return { subject, succeeded: pattern === 'swarm', latencyMs: 1, money: 0, at: 0 };
    });
    expect(shares(one)['swarm']).toBeLessThan(0.2);
    expect(shares(one, outcomes.reduce(taught, {}))['swarm']).toBeGreaterThan(0.9);
    const subject = patternSubject('solo', one);
    const good = Array.from({ length: 20 }, () => ({ subject, succeeded: true, latencyMs: 1, money: 0, at: 0 }));
    expect(shares(one, good.reduce(taught, {}))['solo']).toBeGreaterThan((shares(one)['solo'] ?? 0) + 0.2);
    const others = aCase({ risk: 'high' });
    expect(shares(others, outcomes.reduce(taught, {}))).toEqual(shares(others));
  });

  it('chooses among what is allowed, the same for the same seed', () => {
    fc.assert(
      fc.property(fc.subarray([...patterns]), fc.nat(), (allowed, seed) => {
        const choice = patternFor(aCase({ allowed }), {}, 0, seed);
        expect(['solo', ...allowed]).toContain(choice.chosen);
        expect(patternFor(aCase({ allowed }), {}, 0, seed)).toEqual(choice);
      }),
    );
  });

  it('knows how skills are spread over agents', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((id) => aSkill(id));
    if (!a || !b || !c) throw new Error('no skills');
    expect(spreadOf(['a', 'b', 'c'], [aCard('all', [a, b, c]), aCard('one', [a])])).toBe(0);
    expect(spreadOf(['a', 'b', 'c'], [aCard('x', [a]), aCard('y', [b]), aCard('z', [c])])).toBe(1);
    expect(spreadOf(['a', 'b', 'c'], [aCard('x', [a, b]), aCard('z', [c])])).toBe(0.5);
  });
});
