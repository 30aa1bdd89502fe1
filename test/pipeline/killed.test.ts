import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../../src/core/commit.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Log } from '../../src/log/log.ts';
import { event } from '../../src/pipeline/cases.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { appendEvent, commitsOf, readAll } from '../support/runtime.ts';
import { clock, runOver, start } from './watch.ts';

const someEvents = fc
  .array(fc.record({ entity: fc.constantFrom('a', 'b', 'c', 'd', 'e'), minutes: fc.integer({ min: 0, max: 300 }) }), {
    minLength: 5,
    maxLength: 60,
  })
  .map((list) => {
    let time = start;
    return list.map(({ entity, minutes }, index): StreamEvent => {
      time += minutes * 20_000;
      return event({
        type: 'custom.note',
        stream: 'custom',
        entity: `account:${entity}`,
        time: new Date(time).toISOString(),
        id: `e${index}`,
      });
    });
  });

interface Kill {
  readonly appends: number;
  readonly stored: boolean;
  /** Turns of the event loop that an alert's append takes. */
  readonly alertTurns: number;
  /** Events read at once at most. */
  readonly batch: number;
}

/** A log that dies after so many appends: as seen by the process that is killed. The last one may have been stored. */
function dying(log: Log, { appends, stored, alertTurns, batch }: Kill): Log {
  let left = appends;
  return {
    ...log,
    read: (stream, options) => log.read(stream, { ...options, maxMessages: batch }),
    async append(message) {
      // So commits run ahead of what follows from them.
      for (let turn = 0; turn < alertTurns && message.stream === 'ALERTS'; turn++) await nextTick();
      left -= 1;
      if (left === 0 && stored) await log.append(message);
      if (left <= 0) throw new Error('killed');
      return log.append(message);
    },
  };
}

const strip = ({ position: _, lastPosition: __, ...rest }: Record<string, unknown>) => rest;

async function outcome(log: MemoryLog) {
  const commits: readonly Commit[] = await commitsOf(log);
  const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
  const transitions = (await readAll(log, 'ALERTS')) as { alert: { id: string; version: number } }[];
  return {
    scores: commits.flatMap((commit) => commit.scores).toSorted(byId),
    transitions: transitions
      .toSorted((a, b) => byId(a.alert, b.alert) || a.alert.version - b.alert.version)
      .map((transition) => ({ ...transition, alert: strip({ ...transition.alert }) })),
  };
}

describe('whenever the daemon is killed', () => {
  it('every score and alert is there once, as if it had been left alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        someEvents,
        fc.array(
          fc.record({
            appends: fc.integer({ min: 1, max: 12 }),
            stored: fc.boolean(),
            alertTurns: fc.integer({ min: 0, max: 20 }),
            batch: fc.constantFrom(1, 3, 1_000),
          }),
          { minLength: 1, maxLength: 5 },
        ),
        fc.integer({ min: 3, max: 20 }),
        async (events, kills, snapshotEveryRecords) => {
          const control = createMemoryLog(clock);
          const killed = createMemoryLog(clock);
          for (const one of events) {
            await appendEvent(control, one);
            await appendEvent(killed, one);
          }
          await runOver(control, control);
          for (const kill of kills) await runOver(dying(killed, kill), killed, { snapshotEveryRecords });
          await runOver(killed, killed);
          expect(await outcome(killed)).toEqual(await outcome(control));
        },
      ),
      { numRuns: 60 },
    );
  });
});
