import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import type { Score } from '../../src/core/score.ts';
import type { OrgSettings } from '../../src/core/settings.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent } from '../support/runtime.ts';
import { asked, clock, scoresIn, set, weightsIn, work } from './weighing.ts';

const nothingSet: ReadonlyMap<string, OrgSettings> = new Map([
  ['acme', { settings: {}, segmentBy: null, segments: {} }],
]);

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
