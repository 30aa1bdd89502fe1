import { describe, expect, test } from 'vitest';
import { lineOf } from '../../src/simulate/record.ts';
import { scenarioNames } from '../../src/simulate/scenarios.ts';
import { aSimulation, end, requestsOf, signing } from './simulations.ts';

const bytesOf = (options: Parameters<typeof requestsOf>[0]) => requestsOf(options).map(lineOf).join('');

describe('a simulation', () => {
  test('has the same bytes for the same seed, signatures included, and others for another seed', () => {
    expect(bytesOf({ count: 1_000 })).toBe(bytesOf({ count: 1_000 }));
    expect(bytesOf({ count: 1_000 })).not.toBe(bytesOf({ count: 1_000, seed: '8' }));
  });

  test('can be gone through twice, and gives the same', () => {
    const simulation = aSimulation({ count: 1_000 });
    const ids = () => [...simulation.requests(signing)].map((request) => request.build(0).body);
    expect(ids()).toEqual(ids());
  });

  test.each([618, 1_000, 20_000])('holds exactly the %i events that were asked for', (count) => {
    const events = requestsOf({ count }).reduce((sum, request) => sum + request.events, 0);
    expect(events).toBe(count);
    expect(aSimulation({ count }).count).toBe(count);
  });

  test.each(scenarioNames)('comes in the order of event time, within its days (%s)', (scenario) => {
    const times = requestsOf({ scenario, days: 28, count: 1_000 }).map(({ at }) => at);
    expect(times.every((at, index) => index === 0 || at >= (times[index - 1] ?? 0))).toBe(true);
    expect(times[0]).toBeGreaterThanOrEqual(end - 28 * 86_400_000);
    expect(times.at(-1)).toBeLessThan(end);
  });

  test('says of every request whom it is about, and it is about one', () => {
    expect(requestsOf().every(({ entity }) => entity.length === 1)).toBe(true);
  });

  test('repeats what providers would repeat, beside the count and in its place in time', () => {
    const requests = requestsOf({ repeats: 0.1, count: 2_000 });
    const first = requests.filter(({ repeat }) => !repeat);
    const again = requests.filter(({ repeat }) => repeat);
    expect(first.reduce((sum, { events }) => sum + events, 0)).toBe(2_000);
    expect(again.length).toBeGreaterThan(50);
    const times = requests.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('shuffles HubSpot’s batches when asked to, and their events are the same', () => {
    const batches = (disorder: boolean) =>
      requestsOf({ disorder, count: 2_000 })
        .filter(({ source, events }) => source === 'hubspot' && events > 1)
        .map((request): { eventId: number; occurredAt: number }[] => JSON.parse(request.build(0).body));
    const ids = (batch: { eventId: number }[]) => batch.map(({ eventId }) => eventId).sort((a, b) => a - b);
    expect(batches(true).map(ids)).toEqual(batches(false).map(ids));
    const isSorted = (batch: { occurredAt: number }[]) =>
      batch.every(({ occurredAt }, index) => occurredAt >= (batch[index - 1]?.occurredAt ?? 0));
    expect(batches(true).every(isSorted)).toBe(false);
  });

  test('is made as it is asked for: the first of ten million events comes at once', () => {
    const [first] = aSimulation({ count: 10_000_000 }).requests(signing);
    expect(first?.events).toBeGreaterThan(0);
  });

  test('says what does not fit together', () => {
    expect(() => aSimulation({ scenario: 'nothing' })).toThrow('there are calm, all, churn');
    expect(() => aSimulation({ count: 10 })).toThrow('plants');
    expect(() => aSimulation({ days: 3 })).toThrow('takes 24 days');
    expect(() => aSimulation({ accounts: 4 })).toThrow('too few accounts');
    expect(() => aSimulation({ accounts: 4_000 })).toThrow('accounts must be');
  });
});
