import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseEventSubject, subjects } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { segmentAt, toldAfter, type Told } from '../../src/pipeline/steps/segment.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent } from '../support/runtime.ts';
import { asked, clock, scoresIn, set, settings, timeAt, work } from './weighing.ts';

const saysPlan = (entity: string, hour: number, plan: string) =>
  event({
    type: 'hubspot.company.propertyChange',
    stream: 'hubspot',
    entity,
    time: timeAt(hour),
    data: { propertyName: 'plan', propertyValue: plan },
  });

describe('a segment', () => {
  const segments = {
    enterprise: { accounts: ['listed'], settings: { weighing: { askedWeight: 5 } } },
    starter: { accounts: [], settings: {} },
  };
  const byPlan = set(3, { segmentBy: 'plan', segments });

  it('has what is set for it, in place of what is set for the organisation', async () => {
    const log = createMemoryLog(clock);
    await work(log, byPlan);
    for (const account of ['listed', 'told', 'small', 'other']) {
      if (account === 'told') await appendEvent(log, saysPlan('account:told', 0, 'Enterprise'));
      if (account === 'small') await appendEvent(log, saysPlan('account:small', 0, 'starter'));
      await appendEvent(log, asked(`account:${account}`, 1));
    }
    await work(log, byPlan);
    const byEntity = new Map(
      (await scoresIn(log)).map(({ entity, value, settings }) => [entity, [value, settings?.segment]]),
    );
    expect(Object.fromEntries(byEntity)).toEqual({
      'account:listed': [5, 'enterprise'],
      'account:told': [5, 'enterprise'],
      'account:small': [3, 'starter'],
      'account:other': [3, null],
    });
  });

  it('is the one that held at the time of the event, also where the event comes late', async () => {
    const log = createMemoryLog(clock);
    await work(log, byPlan);
    await appendEvent(log, saysPlan('account:a', 1, 'enterprise'));
    await appendEvent(log, saysPlan('account:a', 5, 'gone'));
    for (const hour of [6, 3, 0]) await appendEvent(log, asked('account:a', hour));
    await work(log, byPlan);
    expect((await scoresIn(log)).map(({ settings }) => settings?.segment)).toEqual([null, 'enterprise', null]);
  });

  it('is known after a restart, and none is known where the configuration names no property', async () => {
    const log = createMemoryLog(clock);
    await work(log, byPlan);
    await appendEvent(log, saysPlan('account:a', 0, 'enterprise'));
    await work(log, byPlan);
    await appendEvent(log, asked('account:a', 1));
    await work(log, byPlan);
    await work(log, set(3, { segments }));
    await appendEvent(log, asked('account:a', 2));
    await work(log, set(3, { segments }));
    expect((await scoresIn(log)).map(({ settings }) => settings?.segment)).toEqual(['enterprise', null]);
  });
});

test('what the CRM told of segments is the same in whatever order it came', () => {
  const told = fc.uniqueArray(fc.tuple(fc.nat(20), fc.constantFrom('a', 'b', 'c')), {
    maxLength: 8,
    selector: ([at, segment]) => `${at} ${segment}`,
  });
  const shuffled = told.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })),
  );
  const after = (all: readonly (readonly [number, string])[]) =>
    all.reduce<Told>((before, [at, segment]) => toldAfter(before, at, segment), []);
  fc.assert(
    fc.property(shuffled, fc.nat(25), ([one, other], time) => {
      expect(after(other)).toEqual(after(one));
      const newest = Math.max(-1, ...one.map(([at]) => at).filter((at) => at <= time));
      const held = segmentAt(after(one), time);
      expect(one.some(([at, segment]) => at === newest && segment === held)).toBe(newest >= 0);
    }),
  );
});

describe('a setting', () => {
  it('that there is not, or out of its range, or that turns others round is refused with what would do', () => {
    expect(settings.faults({ askedWeight: 2 })).toEqual([]);
    expect(settings.faults({ akedWeight: 2 })).toEqual([
      { name: 'akedWeight', message: 'there is no such setting; there are askedWeight, lower, upper' },
    ]);
    expect(settings.faults({ askedWeight: 11 })).toEqual([
      { name: 'askedWeight', message: 'expected a number from 0 to 10, got 11' },
    ]);
    expect(settings.faults({ lower: 3 })).toEqual([
      { name: 'lower', message: 'lower (3) must not be more than upper (2)' },
    ]);
    expect(settings.faults({ lower: 3, upper: 3 })).toEqual([]);
  });

  it('that an older weir took and this one does not leaves the others as they are', () => {
    expect(settings.of({ gone: 1, askedWeight: 11, upper: 5 })).toEqual({ askedWeight: 1, lower: 1, upper: 5 });
    expect(settings.of({ constructor: 1 })).toEqual(settings.defaults);
  });
});

it('records of settings have a subject of their own', () => {
  expect(parseEventSubject(subjects.settings('acme'))).toEqual({ kind: 'settings', org: 'acme' });
});
