import fc from 'fast-check';
import { filter, map } from 'rxjs';
import { describe, expect, it, test, vi } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Score } from '../../src/core/score.ts';
import type { OrgSettings } from '../../src/core/settings.ts';
import type { Log } from '../../src/log/log.ts';
import { parseEventSubject, subjects } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent } from '../../src/pipeline/define.ts';
import { setting, settingsOf } from '../../src/pipeline/define-settings.ts';
import { tunedBy } from '../../src/pipeline/operators/tuned.ts';
import { segmentAt, toldAfter, type Told } from '../../src/pipeline/steps/segment.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf } from '../support/runtime.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const unit = '1';
const settings = settingsOf(
  {
    askedWeight: setting({ default: 1, min: 0, max: 10, unit, about: 'how much being asked counts' }),
    lower: setting({ default: 1, min: 0, max: 9, unit, about: 'not more than `upper`' }),
    upper: setting({ default: 2, min: 0, max: 9, unit, about: 'not less than `lower`' }),
  },
  { rising: [['lower', 'upper']] },
);

/** Says of every event how much it weighs. */
const weighing = definePipeline({
  name: 'weighing',
  version: 1,
  description: 'for a test',
  streams: ['custom', 'hubspot'],
  makes: ['weight'],
  settings,
  run: (input, state) => {
    const tuned = tunedBy(state, settings);
    return input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'custom.asked'),
      map(
        tuned(({ askedWeight }, { id }: StreamEvent) => ({
          output: 'score' as const,
          name: 'weight',
          subject: null,
          value: askedWeight,
          confidence: 1,
          contributions: [{ name: 'asked', weight: askedWeight, value: 1, eventId: id, quote: null }],
        })),
      ),
    );
  },
});

const timeAt = (hour: number): string => new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000).toISOString();
const asked = (entity: string, hour: number) =>
  event({ type: 'custom.asked', stream: 'custom', entity, time: timeAt(hour), id: `ask ${entity} ${hour}` });
const saysPlan = (entity: string, hour: number, plan: string) =>
  event({
    type: 'hubspot.company.propertyChange',
    stream: 'hubspot',
    entity,
    time: timeAt(hour),
    data: { propertyName: 'plan', propertyValue: plan },
  });

const set = (askedWeight: number, more: Partial<OrgSettings> = {}): ReadonlyMap<string, OrgSettings> =>
  new Map([['acme', { settings: { weighing: { askedWeight } }, segmentBy: null, segments: {}, ...more }]]);

const nothingSet: ReadonlyMap<string, OrgSettings> = new Map([
  ['acme', { settings: {}, segmentBy: null, segments: {} }],
]);

/** Runs a daemon until it is done with all there is on the log. */
async function work(log: Log, orgSettings?: ReadonlyMap<string, OrgSettings>): Promise<void> {
  let failed: unknown;
  const runtime = aRuntime({
    log,
    pipelines: [weighing],
    clock,
    ...(orgSettings && { orgSettings }),
    failed: (error) => {
      failed = error;
    },
  });
  await runtime.start();
  await vi.waitFor(
    async () => {
      const { lastSequence } = await log.info('EVENTS');
      expect(failed !== undefined || (runtime.reached().sequence === lastSequence && runtime.unapplied() === 0)).toBe(
        true,
      );
    },
    { interval: 1, timeout: 20_000 },
  );
  await runtime.stop();
  if (failed) throw failed;
}

const scoresIn = async (log: Log): Promise<readonly Score[]> => (await commitsOf(log)).flatMap(({ scores }) => scores);
const weightsIn = async (log: Log) =>
  (await scoresIn(log)).map(({ value, settings: under }) => [value, under?.version ?? 'as shipped']);

describe('what an organisation sets', () => {
  it('holds from the start that finds it on, and every score says under which version it was made', async () => {
    const log = createMemoryLog(clock);
    await appendEvent(log, asked('account:a', 0));
    await work(log, nothingSet);
    await work(log, set(3));
    await appendEvent(log, asked('account:a', 1));
    await work(log, set(3));
    await work(log, set(4));
    await appendEvent(log, asked('account:b', 2));
    await work(log, set(4));
    expect(await weightsIn(log)).toEqual([
      [1, 'as shipped'],
      [3, 1],
      [4, 2],
    ]);
    expect((await scoresIn(log))[1]?.settings).toEqual({ version: 1, segment: null, values: { askedWeight: 3 } });
  });

  it('puts nothing on the log, and into no score, where nothing is set', async () => {
    const log = createMemoryLog(clock);
    await work(log, nothingSet);
    await appendEvent(log, asked('account:a', 0));
    await work(log, nothingSet);
    expect((await log.info('EVENTS')).lastSequence).toBe(1);
    expect(await scoresIn(log)).not.toContainEqual(expect.objectContaining({ settings: expect.anything() }));
  });

  it('is forgotten again when it is taken out of the configuration', async () => {
    const log = createMemoryLog(clock);
    await work(log, set(3));
    await work(log, nothingSet);
    await appendEvent(log, asked('account:a', 0));
    await work(log, nothingSet);
    expect(await weightsIn(log)).toEqual([[1, 'as shipped']]);
  });

  it('waits for room in a log that is full, and the events that are in it do not wait for that', async () => {
    const log = createMemoryLog(clock);
    await appendEvent(log, asked('account:a', 0));
    let room = false;
    const full: Log = {
      ...log,
      async append(message) {
        if (message.stream === 'EVENTS' && !room) throw new WeirError('log-full', 'EVENTS is full');
        return log.append(message);
      },
    };
    await work(full, set(3));
    expect(await weightsIn(log)).toEqual([[1, 'as shipped']]);
    room = true;
    await work(full, set(3));
    await appendEvent(full, asked('account:a', 1));
    await work(full, set(3));
    expect((await weightsIn(log)).at(-1)).toEqual([3, 1]);
  });

  it('is no other setting for being written otherwise', async () => {
    const log = createMemoryLog(clock);
    for (const zero of [-0, -0, 0]) await work(log, set(zero));
    expect((await log.info('EVENTS')).lastSequence).toBe(1);
  });

  it('goes on where a daemon is started without a word of settings', async () => {
    const log = createMemoryLog(clock);
    await work(log, set(3));
    await appendEvent(log, asked('account:a', 0));
    await work(log);
    expect(await weightsIn(log)).toEqual([[3, 1]]);
  });

  it('holds for events that wait to be read only where they came after it', async () => {
    const log = createMemoryLog(clock);
    await work(log, set(3));
    await appendEvent(log, asked('account:a', 0));
    await work(log, set(4));
    expect(await weightsIn(log)).toEqual([[3, 1]]);
  });

  it('gives the same scores, byte for byte, when the log is replayed, whatever the configuration says by then', async () => {
    const log = createMemoryLog(clock);
    for (const [hour, weight] of [3, 4, 3, 7].entries()) {
      await work(log, set(weight));
      for (const account of ['account:a', 'account:b', 'account:c']) await appendEvent(log, asked(account, hour));
      await work(log, set(weight));
    }
    const replayed = createMemoryLog(clock);
    for (const { subject, data } of log.messagesOf('EVENTS'))
      await replayed.append({ stream: 'EVENTS', subject, data });
    await work(replayed, set(9));
    const byId = (scores: readonly Score[]) => scores.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(await scoresIn(replayed))).toEqual(byId(await scoresIn(log)));
    expect(new Set((await scoresIn(log)).map(({ value }) => value))).toEqual(new Set([3, 4, 7]));
  });

  it('is remembered where retention has taken its record', async () => {
    const log = createMemoryLog(clock);
    await appendEvent(log, asked('account:a', 0));
    await work(log, set(3));
    const { lastSequence } = await log.info('EVENTS');
    await log.trim('EVENTS', lastSequence);
    await work(log, set(3));
    expect((await log.info('EVENTS')).lastSequence).toBe(lastSequence);
    await work(log, set(4));
    await appendEvent(log, asked('account:a', 1));
    await work(log, set(4));
    expect((await weightsIn(log)).at(-1)).toEqual([4, 2]);
  });

  it('says nothing where a stranger wrote garbage for it', async () => {
    const log = createMemoryLog(clock);
    await work(log, set(3));
    for (const garbage of ['{', '[]', '{"record":"settings","version":"two"}']) {
      await log.append({ stream: 'EVENTS', subject: subjects.settings('acme'), data: Buffer.from(garbage) });
    }
    await appendEvent(log, asked('account:a', 0));
    await work(log);
    expect(await weightsIn(log)).toEqual([[3, 1]]);
    await work(log, set(3));
    await appendEvent(log, asked('account:a', 1));
    await work(log, set(3));
    expect((await weightsIn(log)).at(-1)).toEqual([3, 2]);
  });

  it('of one organisation does not hold in another', async () => {
    const log = createMemoryLog(clock);
    await work(log, set(3));
    await appendEvent(log, { ...asked('account:a', 0), org: 'globex' });
    await work(log, set(3));
    expect(await weightsIn(log)).toEqual([[1, 'as shipped']]);
  });
});

describe('of two daemons with different settings', () => {
  /** A daemon that goes on running, and what it failed of. */
  async function started(log: Log, orgSettings: ReadonlyMap<string, OrgSettings>) {
    const failures: unknown[] = [];
    const runtime = aRuntime({
      log,
      pipelines: [weighing],
      clock,
      orgSettings,
      failed: (error) => failures.push(error),
    });
    await runtime.start();
    return { runtime, failures };
  }

  const ends = (failures: readonly unknown[]) =>
    vi.waitFor(() => expect(failures[0]).toMatchObject({ code: 'fenced' }), { interval: 1 });

  it('the one that is not the owner of the partitions is fenced, and its settings never hold', async () => {
    const log = createMemoryLog(clock);
    const owner = await started(log, set(3));
    let hour = 0;
    /** The second daemon has read where commits stand, and the first one commits before it can say anything. */
    const overtaken: Log = {
      ...log,
      async last(stream, subject) {
        const found = await log.last(stream, subject);
        if (subject === subjects.settings('acme')) {
          const before = (await commitsOf(log)).length;
          await appendEvent(log, asked('account:a', hour++));
          await vi.waitFor(async () => expect((await commitsOf(log)).length).toBeGreaterThan(before), { interval: 1 });
        }
        return found;
      },
    };
    const other = await started(overtaken, set(9));
    await ends(other.failures);
    await other.runtime.stop();
    await appendEvent(log, asked('account:a', hour));
    await vi.waitFor(async () => expect((await scoresIn(log)).length).toBe(2), { interval: 1 });
    await owner.runtime.stop();
    expect(owner.failures).toEqual([]);
    expect(await weightsIn(log)).toEqual([
      [3, 1],
      [3, 1],
    ]);
    expect(log.messagesOf('EVENTS').filter(({ subject }) => subject === subjects.settings('acme'))).toHaveLength(1);
  });

  it('the one that takes over has its settings hold, and the former one says nothing by them', async () => {
    const log = createMemoryLog(clock);
    const former = await started(log, set(3));
    const next = await started(log, set(9));
    for (const account of ['account:a', 'account:b', 'account:c', 'account:d', 'account:e']) {
      await appendEvent(log, asked(account, 0));
    }
    await ends(former.failures);
    await vi.waitFor(async () => expect((await scoresIn(log)).length).toBe(5), { interval: 1 });
    await Promise.all([former.runtime.stop(), next.runtime.stop()]);
    expect(next.failures).toEqual([]);
    const said = (await commitsOf(log)).filter(({ scores }) => scores.length > 0);
    expect(new Set(said.map(({ writer }) => writer.split('.')[0])).size).toBe(1);
    expect(new Set((await weightsIn(log)).map(String))).toEqual(new Set(['9,2']));
  });
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
      { name: 'askedWeight', message: 'expected a number from 0 to 10' },
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
