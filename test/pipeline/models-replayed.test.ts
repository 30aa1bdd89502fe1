import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { parseEventSubject, subjects } from '../../src/log/subjects.ts';
import { examplesToRelease } from '../../src/pipeline/held-model.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { appendEvent } from '../support/runtime.ts';
import { type Options, accountAt, asked, clock, command, daemon, scoresIn, told } from './share-model.ts';

const valuesIn = async (log: Log): Promise<ReadonlyMap<string, string>> =>
  new Map((await scoresIn(log)).map(({ id, value, contributions }) => [id, `${value} ${contributions[0]?.quote}`]));

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
