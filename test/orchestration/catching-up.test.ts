import { describe, expect, test } from 'vitest';
import type { Position } from '../../src/log/position.ts';
import { createCatchingUp, onceCaughtUp, type AskedStream } from '../../src/orchestration/catching-up.ts';
import { contextOf } from '../../src/orchestration/context.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { aRequest } from './support/reference.ts';

/** What a run rests on was stored by then. */
const since = 1_000;

/** A log with one event at `since`, and an archive that is told how far it is. */
async function archiving() {
  let now = since;
  const log = createMemoryLog({ now: () => now });
  const append = async (at: number) => {
    now = at;
    await log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.gong', data: Buffer.from('{}') });
  };
  await append(since);
  const { created } = await log.info('EVENTS');
  const archived = new Map<AskedStream, Position>();
  const bring = (sequence: number, storedAt: number, of = created) =>
    archived.set('EVENTS', { created: of, sequence, storedAt });
  /** Each look is one of these, until there are none: then nothing more is archived. */
  const script: (() => void)[] = [];
  let [looks, pauses] = [0, 0];
  const catchUp = createCatchingUp({
    log,
    archivedThrough: async (stream) => {
      if (stream === 'EVENTS') looks += 1;
      return archived.get(stream);
    },
    looksMax: 5,
    pause: async () => {
      pauses += 1;
      script.shift()?.();
    },
  });
  return { append, bring, script, catchUp, looks: () => looks, pauses: () => pauses };
}

describe('before a run asks ClickHouse', () => {
  test('it waits for the event that set it off', async () => {
    const { bring, script, catchUp, looks } = await archiving();
    script.push(
      () => bring(0, 0),
      () => bring(1, since),
    );
    expect(await catchUp(since)).toEqual([]);
    expect(looks()).toBe(3);
  });

  test('it does not wait where all of it is there, nor for what comes after it', async () => {
    const { append, bring, catchUp, pauses } = await archiving();
    await append(since + 1);
    bring(2, since + 1);
    // What is archived last was stored later, so all before it is there: there is more, and it does not matter.
    await append(since + 2);
    expect(await catchUp(since)).toEqual([]);
    expect(pauses()).toBe(0);
  });

  test('what was stored in the same millisecond may be missing, and is waited for', async () => {
    const { append, bring, script, catchUp } = await archiving();
    await append(since);
    bring(1, since);
    expect(await catchUp(since)).toEqual(['EVENTS']);
    script.push(() => bring(2, since));
    expect(await catchUp(since)).toEqual([]);
  });

  test('it goes on after so many looks, and names what ClickHouse lacks', async () => {
    const { bring, catchUp, looks } = await archiving();
    expect(await catchUp(since)).toEqual(['EVENTS']);
    expect(looks()).toBe(6);
    // An archive of another log says nothing of this one.
    bring(9, since + 9, 'another log');
    expect(await catchUp(since)).toEqual(['EVENTS']);
  });

  test('however many runs wait, there is one look at a time', async () => {
    const { catchUp, looks, pauses } = await archiving();
    const all = await Promise.all(Array.from({ length: 100 }, () => catchUp(since)));
    expect(new Set(all.flat())).toEqual(new Set(['EVENTS']));
    expect(pauses()).toBeLessThan(10);
    expect(looks()).toBeLessThan(110);
  });

  test('what did not come in time is recorded beside what else is missing, and the run goes on', async () => {
    const asked: string[] = [];
    const gather = async () => {
      asked.push('ClickHouse');
      return { timeline: [], missing: { peers: 'no answer' } };
    };
    const said = async (caughtUp: () => Promise<readonly string[]>) =>
      contextOf(aRequest('r'), (request) =>
        onceCaughtUp(async () => {
          asked.push('archive');
          return caughtUp();
        }, gather)(request, since),
      );
    expect((await said(async () => [])).missing).toBe('peers: no answer');
    const late = await said(async () => ['EVENTS', 'SIGNALS']);
    expect(late.missing).toBe('peers: no answer; archive: ClickHouse did not have all of EVENTS, SIGNALS in time');
    expect(late.context).toMatchObject({ timeline: [] });
    expect((await said(() => Promise.reject(new Error('the log is away')))).missing).toContain(
      'archive: the log is away',
    );
    expect(asked).toEqual(['archive', 'ClickHouse', 'archive', 'ClickHouse', 'archive', 'ClickHouse']);
  });
});
