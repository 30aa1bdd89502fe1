import { describe, expect, test } from 'vitest';
import { alertKinds, severities } from '../../src/core/alert.ts';
import { meet, type Seen } from '../../src/simulate/expectations.ts';
import { stories } from '../../src/simulate/scenarios.ts';
import { aSimulation, end } from './simulations.ts';
import { type Raised, raisedBy } from './through-pipelines.ts';

describe('the planted stories', () => {
  test('together expect alerts of all five kinds, each story at least one', () => {
    const { expected } = aSimulation();
    expect(new Set(expected.map(({ kind }) => kind))).toEqual(new Set(alertKinds));
    expect(new Set(expected.map(({ story }) => story))).toEqual(new Set(stories.map(({ name }) => name)));
  });

  test.each(stories.map(({ name }) => name))(
    '%s is told alone, within the period, about whom it expects',
    (scenario) => {
      const simulation = aSimulation({ scenario, count: 1_000 });
      const known = new Set([...simulation.notices()].flatMap(({ notice }) => notice.entity));
      expect(simulation.expected.length).toBeGreaterThan(0);
      for (const { entity, from, to } of simulation.expected) {
        expect(known).toContain(entity);
        expect(from).toBeLessThan(to);
        expect(to).toBeLessThanOrEqual(end);
      }
    },
  );

  test.each(['1', '2'])(
    'cause every alert they expect, by the pipelines that come with weir (seed %s)',
    async (seed) => {
      const simulation = aSimulation({ seed, count: 1_500 });
      const { raised, dead, events } = await raisedBy(simulation);
      expect(meet(simulation.expected, alertsOf(raised)).missing).toEqual([]);
      expect(dead).toBe(0);
      expect(events).toBe(1_500);
    },
  );

  test('do so in however many ordinary events they are hidden', async () => {
    for (const count of [800, 4_000]) {
      const simulation = aSimulation({ seed: '4', count });
      const { raised } = await raisedBy(simulation);
      expect(meet(simulation.expected, alertsOf(raised)).missing).toEqual([]);
    }
  });
});

describe('a calm company', () => {
  test.each(['1', '2'])('expects nothing, and nothing critical comes of it (seed %s)', async (seed) => {
    const simulation = aSimulation({ seed, scenario: 'calm', count: 2_000 });
    expect(simulation.expected).toEqual([]);
    const { raised } = await raisedBy(simulation);
    expect(alertsOf(raised).filter(({ severity }) => severity === 'critical')).toEqual([]);
  });
});

describe('an expected alert', () => {
  const [expected] = aSimulation({ scenario: 'outage' }).expected;
  if (!expected) throw new Error('the outage expects an alert');
  const seen: Seen = {
    kind: expected.kind,
    entity: expected.entity,
    severity: expected.minSeverity,
    rule: expected.rule ?? 'any',
    openedAt: new Date(expected.from).toISOString(),
  };

  test('is met by one of that kind, entity, rule and time, and at least that severity', () => {
    expect(meet([expected], [seen])).toEqual({ met: [expected], missing: [] });
    expect(meet([{ ...expected, minSeverity: 'info' }], [{ ...seen, severity: 'critical' }]).missing).toEqual([]);
  });

  test.each<[string, Partial<Seen>]>([
    ['another kind', { kind: 'financial' }],
    ['another entity', { entity: 'service:other' }],
    ['a lower severity', { severity: 'warning' }],
    ['another rule', { rule: 'other' }],
    ['another time', { openedAt: new Date(expected.to + 1_000).toISOString() }],
  ])('is not met by %s', (_, other) => {
    expect(meet([expected], [{ ...seen, ...other }]).missing).toEqual([expected]);
  });
});

/** Each alert once: opened when it was first raised, as severe as it ever was. */
function alertsOf(raised: readonly Raised[]): Seen[] {
  const alerts = new Map<string, Seen>();
  for (const { alertId, entity, rule, time, content } of raised) {
    const before = alerts.get(alertId);
    const severity =
      before && severities.indexOf(before.severity) > severities.indexOf(content.severity)
        ? before.severity
        : content.severity;
    alerts.set(alertId, { kind: content.kind, entity, rule, severity, openedAt: before?.openedAt ?? time });
  }
  return [...alerts.values()];
}
