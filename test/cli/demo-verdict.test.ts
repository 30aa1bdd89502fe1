import { describe, expect, test } from 'vitest';
import { createTally } from '../../src/cli/demo/tally.ts';
import { faultOf } from '../../src/cli/demo/fault.ts';
import type { DemoResult } from '../../src/cli/demo/run.ts';
import { countsOf, type EndedRun } from '../../src/cli/demo/runs.ts';
import type { Severity } from '../../src/core/alert.ts';
import { law } from './demo-facts.ts';

describe('the demo counts alerts', () => {
  const heard = (id: string, episode: number, severity: Severity, openedAt = '2026-01-05T10:00:00Z') => ({
    receivedAt: '2026-01-05T10:00:00.000Z',
    alert: {
      id,
      episode,
      severity,
      openedAt,
      kind: 'financial',
      entity: 'account:brightloom',
      rule: 'dispute',
    } as const,
  });

  test('each once, at the highest severity it had, and keeps every opening', () => {
    const tally = createTally();
    tally.heard(heard('a', 1, 'info'), 0);
    tally.heard(heard('a', 1, 'critical'), 0);
    tally.heard(heard('a', 1, 'warning'), 0);
    tally.heard(heard('a', 2, 'info', '2026-01-09T10:00:00Z'), 0);
    expect(tally.openings.map(({ severity, openedAt }) => [severity, openedAt])).toEqual([
      ['critical', '2026-01-05T10:00:00Z'],
      ['info', '2026-01-09T10:00:00Z'],
    ]);
    const { alerts } = tally.summary(law, 0, 1, { stories: [], unplanned: [] }, countsOf([], 0));
    expect(alerts).toEqual({ total: 1, byKind: { financial: 1 }, bySeverity: { critical: 1 } });
  });

  test('and its summary holds what it promises, with what it tells of stories and runs besides', () => {
    const tally = createTally();
    for (let late = 1; late <= 100; late += 1)
      tally.heard(heard('a', 1, 'info'), Date.parse('2026-01-05T10:00:00Z') + late);
    const { stories, runs, unplannedAlerts, ...promised } = tally.summary(
      law,
      7,
      1.5,
      { stories: [], unplanned: [] },
      countsOf([], 0),
    );
    expect(promised).toEqual({
      ...law,
      scores: 7,
      alerts: { total: 1, byKind: { financial: 1 }, bySeverity: { info: 1 } },
      latencyMs: { p50: 50, p99: 99 },
      seconds: 1.5,
    });
    expect(Object.keys(law).join()).toBe('received,ignored,rejected,accepted,stored,duplicates,dead,pending,lost');
    expect([stories.planted, runs.total, unplannedAlerts]).toEqual([0, 0, 0]);
  });

  test('and sums up the stories and what belongs to none', () => {
    const tally = createTally();
    const found = { story: 'dispute', planted: 1, missing: [], delayMs: 90_000 };
    const { stories, unplannedAlerts } = tally.summary(law, 0, 1, { stories: [found], unplanned: [] }, countsOf([], 0));
    expect(stories).toEqual({ planted: 1, found: 1, medianDelaySeconds: 90 });
    expect(unplannedAlerts).toBe(0);
  });
});

describe('the demo fails', () => {
  const expected = {
    story: 'dispute',
    kind: 'financial',
    entity: 'account:a',
    rule: 'dispute',
    from: 0,
    to: 9,
  } as const;
  const missing = {
    story: 'dispute',
    planted: 1,
    missing: [{ ...expected, minSeverity: 'info' as const }],
    delayMs: null,
  };
  const result = (unplannedAlerts: number, more: Partial<DemoResult> = {}): DemoResult => {
    const outcome = { stories: [], unplanned: [] };
    const alerts = { total: 30, byKind: {}, bySeverity: {} };
    const whole = createTally().summary({ ...law, pending: 0, stored: 9 }, 0, 1, outcome, countsOf([], 0));
    return {
      summary: { ...whole, alerts, unplannedAlerts },
      outcome,
      explained: [],
      underWay: 0,
      played: true,
      ...more,
    };
  };

  test('where a planted alert is missing, once all was played', () => {
    const outcome = { stories: [missing], unplanned: [] };
    expect(faultOf(result(0, { outcome }))).toContain('dispute');
    expect(faultOf(result(0, { outcome, played: false }))).toBeUndefined();
  });

  test('with --expect, where more than a tenth of the alerts belongs to no story, or it was stopped before its end', () => {
    expect(faultOf(result(3), true)).toBeUndefined();
    expect(faultOf(result(4), true)).toContain('4 of 30 alerts');
    expect(faultOf(result(4))).toBeUndefined();
    expect(faultOf(result(0, { played: false }), true)).toContain('not told to their end');
  });

  test('where a run failed, had not ended, or did not name what was planted', () => {
    const failed = result(0);
    const runs = countsOf([{ ...aRun, status: 'failed' }], 0);
    expect(faultOf({ ...failed, summary: { ...failed.summary, runs }, played: false })).toBe('1 of 1 runs failed');
    expect(faultOf(result(0, { underWay: 1 }))).toContain('had not ended');
    const story = { story: 'dispute', runs: [aRun], missed: [] };
    expect(faultOf(result(0, { explained: [story] }))).toBeUndefined();
    expect(faultOf(result(0, { explained: [{ ...story, missed: [aRun] }] }))).toContain('dispute');
    expect(faultOf(result(0, { explained: [{ ...story, runs: [] }] }))).toContain('dispute');
    expect(faultOf(result(0, { explained: [{ ...story, runs: [] }], played: false }))).toBeUndefined();
  });

  test('where events are not accounted for', () => {
    const { summary, ...rest } = result(0);
    expect(faultOf({ summary: { ...summary, pending: 1, stored: 8 }, ...rest })).toContain('1 event pending');
  });
});

const aRun: EndedRun = {
  id: '0'.repeat(32),
  kind: 'financial',
  entity: 'account:a',
  asOf: '2026-01-05T10:00:00.000Z',
  status: 'completed',
  why: 'all steps are over',
  tookMs: 5_000,
  steps: 6,
  approvals: 0,
  findings: [],
};
