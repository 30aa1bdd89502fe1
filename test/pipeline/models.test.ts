import fc from 'fast-check';
import { filter, map, merge, share } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ModelRecord, ReleaseCommand } from '../../src/core/model.ts';
import type { Score } from '../../src/core/score.ts';
import type { Log } from '../../src/log/log.ts';
import { parseEventSubject, subjects } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent } from '../../src/pipeline/define.ts';
import { createExamples } from '../../src/pipeline/examples.ts';
import { examplesToRelease, versionsKept } from '../../src/pipeline/held-model.ts';
import { judged } from '../../src/pipeline/operators/judged.ts';
import type { Model } from '../../src/scoring/model.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf, noted } from '../support/runtime.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

/** Knows how often it was told yes, and in which order it was told what. */
type Share = { readonly yes: number; readonly all: number; readonly order: string };

const shareModel: Model<Share, { readonly yes: boolean; readonly of: string }> = {
  name: 'share',
  description: 'how often it was yes',
  version: 1,
  initial: { yes: 1, all: 2, order: '' },
  learn({ yes, all, order }, example) {
    if (example.of === 'broken') throw new Error('cannot learn from that');
    return { yes: yes + (example.yes ? 1 : 0), all: all + 1, order: `${order} ${example.of}`.slice(-2_000) };
  },
  show: ({ yes, all }) => ({
    outcomes: { positive: yes - 1, negative: all - yes - 1 },
    calibration: [],
    weights: [],
    driftAlarms: 0,
  }),
};

/** Scores what is asked by the share, and tells the model what came of it. */
const shares = definePipeline({
  name: 'shares',
  version: 1,
  description: 'for a test',
  streams: ['custom'],
  makes: ['share'],
  models: [shareModel],
  run: (input, state) => {
    const events = input.pipe(filter(isEvent), share());
    return merge(
      events.pipe(
        judged(
          state,
          shareModel,
          ({ yes, all }) => ({
            name: 'share',
            version: 1,
            range: '0 … 1',
            initial: null,
            score: (eventId: string) => ({
              state: null,
              figure: {
                value: yes / all,
                confidence: 1,
                contributions: [{ name: 'average case', weight: 1, value: yes / all, eventId, quote: null }],
              },
            }),
          }),
          { seen: ({ id }) => id },
        ),
      ),
      events.pipe(
        filter(({ type }) => type === 'custom.told'),
        map(({ id, data }) => ({
          output: 'example' as const,
          model: 'share',
          example: { yes: data['yes'] === true, of: data['broken'] === true ? 'broken' : id },
        })),
      ),
    );
  },
});

const asked = (entity: string, index: number) =>
  event({ type: 'custom.asked', stream: 'custom', entity, time: timeAt(index), id: `ask ${entity} ${index}` });
const told = (entity: string, index: number, data: { readonly [name: string]: boolean } = { yes: true }) =>
  event({ type: 'custom.told', stream: 'custom', entity, time: timeAt(index), id: `tell ${entity} ${index}`, data });
const timeAt = (index: number): string => new Date(start + index * hour).toISOString();

type Options = Partial<Parameters<typeof aRuntime>[0]>;

/** A daemon on a log. `settled` resolves when it is done with all there is, and what came of that, too. */
function daemon(log: Log, options: Options = {}) {
  let failed: unknown;
  const runtime = aRuntime({
    log,
    pipelines: [shares],
    effects: createExamples(log),
    clock,
    failed: (error) => {
      failed = error;
    },
    ...options,
  });
  const settled = async (memory: Pick<Log, 'info'> = log) => {
    await vi.waitFor(
      async () => {
        const { lastSequence } = await memory.info('EVENTS');
        expect(failed !== undefined || (runtime.reached().sequence === lastSequence && runtime.unapplied() === 0)).toBe(
          true,
        );
        expect((await memory.info('EVENTS')).lastSequence).toBe(lastSequence);
      },
      { interval: 1, timeout: 20_000 },
    );
  };
  return { ...runtime, settled, share: () => runtime.models('acme').find(({ name }) => name === 'share') };
}

const command = (log: Log, given: Pick<ReleaseCommand, 'version'>) => {
  const record: ModelRecord = {
    record: 'release',
    org: 'acme',
    model: 'share',
    by: 'ada',
    why: 'for a test',
    at: timeAt(0),
    ...given,
  };
  return log.append({ stream: 'EVENTS', subject: subjects.models('acme'), data: Buffer.from(JSON.stringify(record)) });
};

const scoresIn = async (log: Log): Promise<readonly Score[]> => (await commitsOf(log)).flatMap(({ scores }) => scores);
const valuesIn = async (log: Log): Promise<ReadonlyMap<string, string>> =>
  new Map((await scoresIn(log)).map(({ id, value, contributions }) => [id, `${value} ${contributions[0]?.quote}`]));

const accounts = ['account:a', 'account:b', 'account:c', 'account:d', 'account:e'];
const accountAt = (index: number): string => accounts[index % accounts.length] ?? '';

async function tell(log: Log, from: number, howMany: number): Promise<void> {
  for (let index = from; index < from + howMany; index++) await appendEvent(log, told(accountAt(index), index));
}

/** What all partitions say when asked. */
async function askAll(log: Log, index: number, { settled }: ReturnType<typeof daemon>): Promise<readonly Score[]> {
  for (const account of accounts) await appendEvent(log, asked(account, index));
  await settled();
  return (await scoresIn(log)).slice(-accounts.length);
}

describe('a model', () => {
  it('judges as shipped until enough outcomes are known; then all scores go by what they taught, and say so', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease - 1);
    for (const { value, contributions } of await askAll(log, 100, app)) {
      expect(value).toBe(1 / 2);
      expect(contributions[0]?.quote).toBe('share as shipped');
    }
    await tell(log, 101, 1);
    await app.settled();
    for (const { value, contributions } of await askAll(log, 102, app)) {
      expect(value).toBe((1 + examplesToRelease) / (2 + examplesToRelease));
      expect(contributions[0]?.quote).toBe('share version 1');
    }
    expect(app.share()).toMatchObject({
      judging: { version: 1, pinned: false },
      examples: examplesToRelease,
      learned: { outcomes: { positive: examplesToRelease, negative: 0 } },
      releases: [{ version: 1, by: 'weir' }],
    });
    await app.stop();
  });

  it('has a new version once a day at most, and after a week however few the outcomes were', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    // Of one account, so that they come in this order: 25 until hour 0, as many until hour 23, and single ones after that.
    for (let left = 2 * examplesToRelease - 1; left >= 0; left--) {
      await appendEvent(log, { ...told('account:a', left < examplesToRelease ? 23 : 0), id: `tell ${left}` });
    }
    for (const [index, version] of [
      [23, 1],
      [24, 2],
      [24 + 7 * 24 - 1, 2],
      [24 + 7 * 24, 3],
    ] as const) {
      await appendEvent(log, told('account:a', index));
      await app.settled();
      expect(app.share()?.judging.version).toBe(version);
    }
    await app.stop();
  });

  it('goes back to a version when told to: the earlier figures, exactly, until told otherwise; and learns on', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease);
    await app.settled();
    const before = await askAll(log, 100, app);
    await tell(log, 101, examplesToRelease);
    await app.settled();
    expect((await askAll(log, 200, app))[0]?.value).not.toBe(before[0]?.value);

    await command(log, { version: 1 });
    await app.settled();
    await tell(log, 201, 2 * examplesToRelease);
    await app.settled();
    const reasonsOf = (scores: readonly Score[]) =>
      scores.map(({ value, contributions }) => [value, contributions[0]?.quote]);
    expect(reasonsOf(await askAll(log, 300, app))).toEqual(reasonsOf(before));
    expect(app.share()).toMatchObject({
      judging: { version: 1, pinned: true },
      examples: 4 * examplesToRelease,
      releases: [{ version: 1, by: 'ada', why: 'for a test' }, { version: 2 }, { version: 1, by: 'weir' }],
    });

    await command(log, { version: 0 });
    await app.settled();
    expect((await askAll(log, 301, app))[0]?.value).toBe(1 / 2);
    await command(log, { version: 'latest' });
    await app.settled();
    expect((await askAll(log, 302, app))[0]?.value).toBe((1 + 4 * examplesToRelease) / (2 + 4 * examplesToRelease));
    expect(app.share()?.judging).toEqual({ version: 3, pinned: false });
    await app.stop();
  });

  it('keeps the last versions alone, and a way back to one that is not kept changes nothing', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (let round = 0; round < versionsKept + 2; round++) await tell(log, round * 100, examplesToRelease);
    await command(log, { version: 1 });
    await app.settled();
    const { versions = [], judging } = app.share() ?? {};
    expect(versions.map(({ version }) => version)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(judging).toEqual({ version: 12, pinned: false });
    await app.stop();
  });

  it('says what it could not learn from, and goes on', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await appendEvent(log, told('account:a', 0, { broken: true }));
    await tell(log, 1, examplesToRelease);
    await app.settled();
    expect(app.share()).toMatchObject({
      judging: { version: 1 },
      examples: examplesToRelease,
      failed: { examples: 1, reason: 'cannot learn from that' },
    });
    await app.stop();
  });

  it('of one organisation learns nothing from another', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (let index = 0; index < examplesToRelease; index++)
      await appendEvent(log, { ...told('account:a', index), org: 'other' });
    await app.settled();
    expect(app.models('other').find(({ name }) => name === 'share')?.judging.version).toBe(1);
    expect(app.share()?.examples).toBe(0);
    await app.stop();
  });

  it('is not stopped by what is no record of it', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (const garbage of ['', 'no', '{}', '[]', '{"record":"example"}', '{"record":"release","model":"share"}'])
      await log.append({ stream: 'EVENTS', subject: subjects.models('acme'), data: Buffer.from(garbage) });
    await tell(log, 0, examplesToRelease);
    await app.settled();
    expect(app.share()).toMatchObject({ judging: { version: 1 }, examples: examplesToRelease });
    await app.stop();
  });
});

describe('what a model judges', () => {
  /** A daemon dies after so many appends; the last one may have been stored. No duplicate window comes to its help. */
  function dying(log: Log, appends: number, stored: boolean): Log {
    let left = appends;
    return {
      ...log,
      async append({ id: _, ...message }) {
        left -= 1;
        if (left === 0 && stored) await log.append(message);
        if (left <= 0) throw new Error('killed');
        return log.append(message);
      },
    };
  }

  async function work(log: Log, memory: MemoryLog, options: Options = {}): Promise<void> {
    const app = daemon(log, options);
    try {
      await app.start();
    } catch {
      // Killed while it began; the next start goes on.
      return;
    }
    await app.settled(memory);
    await app.stop();
  }

  /** Events, and outcomes among them, of several accounts, and one way back. */
  async function history(partitions = 4): Promise<MemoryLog> {
    const log = createMemoryLog(clock);
    for (let index = 0; index < 3 * examplesToRelease; index++) {
      await appendEvent(log, told(accountAt(index * 7), index, { yes: index % 3 > 0 }), partitions);
      await appendEvent(log, asked(accountAt(index), index), partitions);
    }
    return log;
  }

  async function copied(log: MemoryLog, as = (partition: number) => partition): Promise<MemoryLog> {
    const copy = createMemoryLog(clock);
    for (const { subject, data } of log.messagesOf('EVENTS')) {
      const parsed = parseEventSubject(subject);
      const own = parsed?.kind === 'event' ? subjects.event(as(parsed.partition), parsed.org, parsed.source) : subject;
      await copy.append({ stream: 'EVENTS', subject: own, data });
    }
    return copy;
  }

  /** What goes on after the history: ways back and more events, so that every version judges something. */
  async function goOn(log: MemoryLog): Promise<void> {
    for (let index = 200; index < 210; index++) await appendEvent(log, asked(accountAt(index), index));
    await command(log, { version: 1 });
    for (let index = 210; index < 220; index++) await appendEvent(log, asked(accountAt(index), index));
    await command(log, { version: 'latest' });
    for (let index = 220; index < 230; index++) await appendEvent(log, asked(accountAt(index), index));
  }

  it('is a function of the log: a replay of EVENTS gives the same scores, id and value, and learns nothing twice', async () => {
    const log = await history();
    await work(log, log);
    await goOn(log);
    await work(log, log);
    const replayed = await copied(log);
    const app = daemon(replayed);
    await app.start();
    await app.settled();
    expect(await valuesIn(replayed)).toEqual(await valuesIn(log));
    const judges = [...(await valuesIn(log)).values()].map((said) => said.slice(said.indexOf(' ') + 1));
    expect(new Set(judges).size).toBeGreaterThan(3);
    expect(app.share()?.examples).toBe(3 * examplesToRelease);
    await app.stop();
  });

  it('is the same whoever works which partition', async () => {
    const log = await history();
    await work(log, log);
    await goOn(log);
    await work(log, log);
    // Two machines on one log, each with two of the four partitions: what is another's has nobody to work it here.
    const said = [];
    for (const [own, batch] of [
      [[0, 3], 2],
      [[1, 2], 1_000],
    ] as const) {
      const half = await copied(log, (partition) => (own.some((one) => one === partition) ? partition : 99));
      await work({ ...half, read: (stream, options) => half.read(stream, { ...options, maxMessages: batch }) }, half);
      said.push(...(await valuesIn(half)));
    }
    expect(new Map(said)).toEqual(await valuesIn(log));
  });

  it('loses and doubles no outcome, whenever the daemon is killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ appends: fc.integer({ min: 1, max: 40 }), stored: fc.boolean() }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 3, max: 60 }),
        async (kills, snapshotEveryRecords) => {
          const log = await history();
          for (const { appends, stored } of kills) {
            await work(dying(log, appends, stored), log, { snapshotEveryRecords });
          }
          const app = daemon(log, { snapshotEveryRecords });
          await app.start();
          await app.settled();
          expect(app.share()?.examples).toBe(3 * examplesToRelease);
          const ids = (await scoresIn(log)).map(({ id }) => id);
          expect(new Set(ids).size).toBe(ids.length);
          await goOn(log);
          await app.settled();
          await app.stop();
          const replayed = await copied(log);
          await work(replayed, replayed);
          expect(await valuesIn(replayed)).toEqual(await valuesIn(log));
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a model of a new version', () => {
  it('begins anew, says so, and takes no outcome a second time', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease);
    await app.settled();
    await app.stop();
    const raised: Model = { ...shareModel, version: 2 };
    const { happened, notes } = noted();
    const next = daemon(log, { pipelines: [{ ...shares, models: [raised] }], happened });
    await next.start();
    expect(notes).toContainEqual(['modelBegunAnew', 0, { org: 'acme', model: 'share', from: 1, to: 2 }]);
    expect(next.share()).toMatchObject({ judging: { version: 0 }, examples: 0, releases: [{ version: 1 }] });
    await tell(log, 100, examplesToRelease);
    await next.settled();
    expect(next.share()).toMatchObject({ judging: { version: 2 }, examples: examplesToRelease });
    await next.stop();
  });
});
