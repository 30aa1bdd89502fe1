import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { severities, type AlertContent } from '../../src/core/alert.ts';
import {
  alertModel,
  rulesMax,
  weighed,
  type AlertUsefulness,
  type AlertVerdict,
} from '../../src/scoring/alert-usefulness.ts';
import { deepFrozen } from './arbitraries.ts';

const rule = 'finance/large-payment';
const content = (severity: AlertContent['severity']): AlertContent => ({
  kind: 'financial',
  severity,
  title: 'A large payment',
  evidence: [],
  recommendedActions: [],
  roles: [],
  sources: [],
});
const after = (verdicts: readonly AlertVerdict[]): AlertUsefulness =>
  verdicts.reduce((state, verdict) => deepFrozen(alertModel.learn(state, verdict)), alertModel.initial);
const said = (useful: number, noise: number, of = rule): readonly AlertVerdict[] => [
  ...Array.from({ length: useful }, () => ({ rule: of, useful: true })),
  ...Array.from({ length: noise }, () => ({ rule: of, useful: false })),
];
const verdicts: fc.Arbitrary<readonly AlertVerdict[]> = fc.array(
  fc.record({ rule: fc.constantFrom(rule, 'gong/bad-call', 'x'), useful: fc.boolean() }),
  { maxLength: 120 },
);

describe('alerts that people judged', () => {
  it('are as they were before anybody has judged one of their rule', () => {
    expect(weighed(after(said(0, 50, 'gong/bad-call')), rule, content('critical'))).toEqual(content('critical'));
  });

  it('are told a step lower once nearly all were noise, and as before when people find them useful again', () => {
    const severityAfter = (list: readonly AlertVerdict[]) => weighed(after(list), rule, content('critical')).severity;
    expect(severityAfter(said(0, 5))).toBe('critical');
    expect(severityAfter(said(0, 15))).toBe('warning');
    expect(severityAfter(said(0, 500))).toBe('warning');
    expect(severityAfter([...said(0, 15), ...said(8, 0)])).toBe('critical');
  });

  it('say what people found', () => {
    const { evidence } = weighed(after(said(0, 15)), rule, content('critical'));
    expect(evidence).toEqual([
      {
        text: 'People found 0 % of such alerts useful, in 15 verdicts: so this one is told as warning, not as critical',
        eventIds: [],
        scores: [{ name: 'alert_usefulness', value: expect.closeTo(0.22, 1) }],
      },
    ]);
  });

  it('are lowered by one step at most, and never raised', () => {
    fc.assert(
      fc.property(verdicts, fc.constantFrom(...severities), (list, severity) => {
        const told = severities.indexOf(weighed(after(list), rule, content(severity)).severity);
        expect(severities.indexOf(severity) - told).toBeGreaterThanOrEqual(0);
        expect(severities.indexOf(severity) - told).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('are known by rule, with how often they were useful', () => {
    const { outcomes, shares } = alertModel.show(after([...said(2, 1), ...said(0, 1, 'gong/bad-call')]));
    expect(Math.round(outcomes.positive + outcomes.negative)).toBe(4);
    expect(shares).toMatchObject([
      { name: 'gong/bad-call', seen: 1, expected: 0.8 },
      { name: rule, seen: 3 },
    ]);
  });

  it('take little room, however many rules are made up', () => {
    const state = after(Array.from({ length: rulesMax + 50 }, (_, i) => ({ rule: `made-up/${i}`, useful: false })));
    expect(state).toHaveLength(rulesMax);
    expect(weighed(state, 'made-up/0', content('info'))).toEqual(content('info'));
    expect(weighed(state, `made-up/${rulesMax + 49}`, content('info')).evidence).toHaveLength(1);
  });

  it('come to the same when it was written down after every verdict', () => {
    fc.assert(
      fc.property(verdicts, (list) => {
        const written = list.reduce<AlertUsefulness>(
          (state, verdict) => JSON.parse(JSON.stringify(alertModel.learn(state, verdict))),
          alertModel.initial,
        );
        expect(written).toEqual(after(list));
      }),
    );
  });
});
