import { describe, expect, test } from 'vitest';
import { alertKinds } from '../../src/core/alert.ts';
import { meet, type Seen } from '../../src/simulate/expectations.ts';
import { explainedBy } from '../../src/simulate/explained.ts';
import { outcomeOf, unplannedShareMax } from '../../src/simulate/outcome.ts';
import { stories } from '../../src/simulate/scenarios.ts';
import { aSimulation, end } from './simulations.ts';
import { openedBy } from './through-pipelines.ts';

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

  test.each(stories.map(({ name }) => name))('%s begins with something that is told', (scenario) => {
    const simulation = aSimulation({ scenario, count: 1_000 });
    const told = [...simulation.notices()].map(({ notice }) => notice.at);
    expect(told).toContain(Math.min(...simulation.expected.map(({ from }) => from)));
  });

  test.each(['1', '2', '3', '4', '5', '6', '7', '8'])(
    'cause every alert they expect and are looked into, and at most a tenth of all alerts is about anything else (seed %s)',
    async (seed) => {
      const simulation = aSimulation({ seed });
      const { openings, tasks, dead, events } = await openedBy(simulation);
      const { stories: told, unplanned } = outcomeOf(simulation, openings);
      expect(told.flatMap(({ missing }) => missing)).toEqual([]);
      const alerts = new Set(openings.map(({ id }) => id)).size;
      expect(unplanned.length).toBeLessThanOrEqual(alerts * unplannedShareMax);
      expect(dead).toBe(0);
      expect(events).toBe(3_000);
      const asked = tasks.map(({ id, rule, entity, time }) => ({ id, kind: rule, entity, asOf: time, findings: [] }));
      const lookedInto = explainedBy(simulation.causes, asked);
      expect(lookedInto.map(({ story }) => story)).toEqual(stories.map(({ name }) => name));
      for (const { story, runs } of lookedInto) expect([story, runs.length > 0]).toEqual([story, true]);
      // A storm is one run, or two; ordinary life has few.
      expect(tasks.length).toBeLessThanOrEqual(30);
    },
  );

  test('do so in however many ordinary events they are hidden', async () => {
    for (const count of [800, 4_000]) {
      const simulation = aSimulation({ seed: '4', count });
      const { openings } = await openedBy(simulation);
      expect(meet(simulation.expected, openings).missing).toEqual([]);
    }
  });
});

describe('a calm company', () => {
  test.each(['1', '2'])('expects nothing, and nothing critical comes of it (seed %s)', async (seed) => {
    const simulation = aSimulation({ seed, scenario: 'calm', count: 2_000 });
    expect(simulation.expected).toEqual([]);
    const { openings } = await openedBy(simulation);
    expect(openings.filter(({ severity }) => severity === 'critical')).toEqual([]);
  });
});

describe('an expected alert', () => {
  const [expected] = aSimulation({ scenario: 'outage' }).expected;
  if (!expected) throw new Error('the outage expects an alert');
  const seen: Seen = {
    kind: expected.kind,
    entity: expected.entity,
    severity: expected.minSeverity,
    rule: expected.rule,
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
