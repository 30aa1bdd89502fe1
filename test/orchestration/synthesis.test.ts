import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentInsight, Evidence } from '../../src/core/agent.ts';
import { calibratedBy, type Calibrations } from '../../src/orchestration/calibration.ts';
import { insightsOf, synthesised, type StepEnd } from '../../src/orchestration/synthesis.ts';

const about = {
  run: 'run1',
  org: 'acme',
  entity: 'globex',
  kind: 'churn-risk',
  goal: 'Why is Globex unhappy?',
  asOf: '2026-11-26T10:00:00Z',
};
const asked = (query: string): Evidence => ({ query, params: {}, rowsHash: `rows of ${query}`, text: query });
const finding = (over: Partial<AgentInsight> = {}): AgentInsight => ({
  kind: 'risk',
  entity: 'globex',
  title: 'Globex may leave',
  detail: 'It calls less.',
  evidence: [asked('calls')],
  effect: { name: 'churn probability', value: 0.8, unit: '' },
  confidence: 0.8,
  action: { text: 'Call them.', expectedValue: 1_000, currency: 'USD' },
  ...over,
});
const report = (step: string, insights: readonly AgentInsight[], over: Partial<Reported> = {}): Reported => ({
  end: 'reported',
  step,
  skill: step,
  agent: `agent of ${step}`,
  version: 1,
  report: { insights, abstained: null, output: {}, degraded: false },
  ...over,
});
type Reported = Extract<StepEnd, { end: 'reported' }>;
const resultOf = (ends: readonly StepEnd[], calibrations: Calibrations = {}) => synthesised(about, ends, calibrations);
const churnOf = (value: number, over: Partial<AgentInsight> = {}) =>
  finding({ effect: { name: 'churn probability', value, unit: '' }, ...over });

describe('what agents found', () => {
  it('is one finding where they say the same, with the evidence of all and who found it', () => {
    const { findings, contradictions } = resultOf([
      report('a', [finding({ evidence: [asked('calls'), asked('tickets')] })]),
      report('b', [churnOf(0.82, { title: 'Globex is leaving', evidence: [asked('calls')] })]),
    ]);
    expect(contradictions).toEqual([]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ title: 'Globex may leave', by: [{ step: 'a' }, { step: 'b' }] });
    expect(findings[0]?.evidence.map(({ text }) => text)).toEqual(['calls', 'tickets']);
  });

  it('is not the same because it is measured alike, and what one agent tells apart stays apart', () => {
    const cohen = (value: number, title: string, query: string) =>
      finding({ title, effect: { name: "Cohen's d", value, unit: '' }, evidence: [asked(query)] });
    const { findings, contradictions } = resultOf([
      report('a', [cohen(0.8, 'Fewer calls', 'calls'), cohen(0.8, 'Fewer logins', 'logins')]),
      report('b', [cohen(-2, 'Invoices late', 'invoices')]),
    ]);
    expect(findings).toHaveLength(3);
    expect(contradictions).toEqual([]);
  });

  it('is weighted by evidence', () => {
    const much = { confidence: 0.9, evidence: ['x', 'y', 'z'].map(asked) };
    const little = { confidence: 0.3, evidence: [asked('w')] };
    const confidenceOf = (one: Partial<AgentInsight>, other: Partial<AgentInsight>) =>
      resultOf([report('a', [finding(one)]), report('b', [finding(other)])]).findings[0]?.confidence ?? 0;
    expect(confidenceOf(much, little)).toBeGreaterThan(0.7);
    expect(confidenceOf({ ...much, confidence: 0.3 }, { ...little, confidence: 0.9 })).toBeLessThan(0.55);
  });

  it('is calibrated by what became of what the agent said before', () => {
    const boasted = Array.from({ length: 100 }).reduce<Calibrations>(
      (all) => calibratedBy(all, { agent: 'agent of a', said: 0.8, cameTrue: false }),
      {},
    );
    const [found] = resultOf([report('a', [finding()])], boasted).findings;
    expect(found?.confidence).toBeLessThan(0.15);
    expect(found?.by[0]).toMatchObject({ said: 0.8 });
  });

  it('comes with whom the run is about first, then what is sure and worth most', () => {
    const worth = (title: string, expectedValue: number, confidence: number, entity = 'globex') =>
      finding({
        title,
        entity,
        confidence,
        effect: { name: title, value: 1, unit: '' },
        action: { text: 'Act.', expectedValue, currency: 'USD' },
      });
    const insights = [
      worth('elsewhere', 9_999, 0.99, 'initech'),
      worth('small', 10, 0.5),
      worth('large and sure', 5_000, 0.9),
      worth('middling', 700, 0.7),
    ];
    expect(resultOf([report('a', insights)]).findings.map(({ title }) => title)).toEqual([
      'large and sure',
      'middling',
      'small',
      'elsewhere',
    ]);
  });
});

describe('where agents cannot both be right', () => {
  it.each([
    ['direction', churnOf(0.8), churnOf(0.8, { kind: 'opportunity' })],
    ['direction', churnOf(0.8), churnOf(-0.8)],
    ['size', churnOf(0.8), churnOf(0.2)],
  ] as const)('it is named: %s', (kind, one, other) => {
    const result = resultOf([
      report('a', [{ ...one, evidence: ['x', 'y'].map(asked) }]),
      report('b', [{ ...other, evidence: ['w'].map(asked) }]),
    ]);
    const [stands, yields] = ['a', 'b'].map((step) => result.findings.find(({ by }) => by[0]?.step === step)?.id);
    expect(result.contradictions).toMatchObject([
      { kind, entity: 'globex', effect: 'churn probability', stands, yields, rule: 'better-evidenced-stands' },
    ]);
    expect(result.contradictions[0]?.why).toContain('agent of a stands');
    expect(result.summary).toContain('disagree on churn probability of globex');
  });

  it('both are kept, each less sure for the other', () => {
    const { findings } = resultOf([report('a', [churnOf(0.8)]), report('b', [churnOf(0.2, { confidence: 0.5 })])]);
    expect(findings.map(({ confidence }) => confidence)).toEqual([
      expect.closeTo((0.8 * 0.5) / (1 - 0.4), 6),
      expect.closeTo((0.5 * 0.2) / (1 - 0.4), 6),
    ]);
  });
});

describe('what nobody could say', () => {
  it('is listed with why, and makes the whole less sure where somebody failed', () => {
    const abstained = report('b', [], {
      report: { insights: [], abstained: 'three calls are too few', output: {}, degraded: true },
    });
    const failed: StepEnd = { end: 'failed', step: 'c', skill: 'margins', why: 'timed out' };
    const result = resultOf([report('a', [finding()]), abstained, failed, { ...failed, end: 'left-out', step: 'd' }]);
    expect(result.missing).toEqual([
      { step: 'b', skill: 'b', reason: 'abstained', why: 'three calls are too few' },
      { step: 'c', skill: 'margins', reason: 'failed', why: 'timed out' },
      { step: 'd', skill: 'margins', reason: 'left-out', why: 'timed out' },
    ]);
    expect(result.confidence).toBeCloseTo(0.4, 6);
    expect(result.degraded).toBe(true);
    expect(result.summary).toBe('Globex may leave. No word on b, margins.');
  });

  it('takes nothing from what others found where agents looked and had nothing to say, or were not to be asked', () => {
    const abstained = (step: string) =>
      report(step, [], { report: { insights: [], abstained: 'no calls', output: {}, degraded: false } });
    const skipped: StepEnd = { end: 'skipped', step: 'd', skill: 'd', why: 'only where something broke' };
    const { confidence, findings } = resultOf([report('a', [finding()]), abstained('b'), abstained('c'), skipped]);
    expect(confidence).toBe(findings[0]?.confidence);
  });

  it('is everything where nothing was found', () => {
    expect(resultOf([])).toMatchObject({ findings: [], confidence: 0, summary: 'Nothing was found.' });
  });
});

describe('the result', () => {
  const insights = fc.array(
    fc
      .record({
        kind: fc.constantFrom('risk', 'opportunity', 'optimisation'),
        entity: fc.constantFrom('globex', 'initech'),
        title: fc.constantFrom('one', 'two'),
        value: fc.double({ min: -1, max: 1, noNaN: true }),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
        query: fc.constantFrom('x', 'y'),
      })
      .map(({ value, query, ...rest }) =>
        finding({ ...rest, effect: { name: 'effect', value, unit: '' }, evidence: [asked(query)] }),
      ),
    { maxLength: 4 },
  );

  it('is the same whatever order the steps ended in; it loses no finding, and names none that is not there', () => {
    fc.assert(
      fc.property(insights, insights, insights, (a, b, c) => {
        const ends = [report('a', a), report('b', b, { skill: 'a' }), report('c', c)];
        const result = resultOf(ends);
        expect(resultOf(ends.toReversed())).toEqual(result);
        const { findings, contradictions } = result;
        expect(findings.flatMap(({ by }) => by)).toHaveLength(a.length + b.length + c.length);
        const ids = findings.map(({ id }) => id);
        for (const { stands, yields } of contradictions) expect(ids).toEqual(expect.arrayContaining([stands, yields]));
        for (const { confidence } of findings) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('gives insights of what is surer than not, each with an id of its own', () => {
    const result = resultOf([
      report('a', [finding(), churnOf(0.8, { title: 'another', confidence: 0.2 })]),
      report('b', [finding({ kind: 'opportunity', entity: 'initech' })]),
    ]);
    const insights = insightsOf(result, ['event1'], 3);
    expect(insights.map(({ entity, confidence }) => [entity, confidence > 0.5])).toEqual([
      ['globex', true],
      ['initech', true],
    ]);
    expect(new Set(insights.map(({ id }) => id)).size).toBe(2);
    expect(insights[0]).toMatchObject({
      org: 'acme',
      detail: 'It calls less. Call them.',
      expectedValue: 1_000,
      eventIds: ['event1'],
      version: 3,
    });
  });
});
