import { expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import type { Log } from '../../src/log/log.ts';
import { parseEventSubject } from '../../src/log/subjects.ts';
import { event } from '../../src/pipeline/cases.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf, noted } from '../support/runtime.ts';
import { start, watch } from './watch.ts';

/** Two seconds later each time it is looked at: whatever waits for time to pass waits for little. */
function hastyClock() {
  let now = start + 30 * 86_400_000;
  return { now: () => (now += 2_000) };
}

it('works off what is in a log that is full, and tells quiet clocks of their deadlines when there is room', async () => {
  const clock = hastyClock();
  const memory = createMemoryLog(clock);
  for (let hour = 0; hour < 9; hour++) {
    const time = new Date(start + hour * 60_000).toISOString();
    const entity = `account:${hour}`;
    await appendEvent(memory, event({ type: 'custom.note', stream: 'custom', entity, time, id: `e${hour}` }));
  }
  let room = false;
  const log: Log = {
    ...memory,
    async append(message) {
      if (message.stream === 'EVENTS' && !room) throw new WeirError('log-full', 'EVENTS is full');
      return memory.append(message);
    },
    read(stream) {
      const reader = memory.read(stream, { after: 0, maxMessages: 1 });
      return { ...reader, next: () => reader.next({ waitMs: 5 }) };
    },
  };
  const { happened, notes } = noted();
  const failures: unknown[] = [];
  const failed = (error: unknown) => failures.push(error);
  const runtime = aRuntime({ log, pipelines: [watch], clock, happened, idleTimers: true, failed });
  await runtime.start();
  await expect.poll(() => notes.some(([name, who]) => name === 'retrying' && who === 'timers')).toBe(true);
  await expect.poll(() => runtime.reached().sequence).toBe(9);
  const scored = async (name: string) =>
    (await commitsOf(memory)).flatMap(({ scores }) => scores).filter((score) => score.name === name).length;
  expect(await scored('notes')).toBe(9);
  expect(await scored('silence')).toBe(0);
  room = true;
  await expect.poll(() => scored('silence')).toBe(9);
  await runtime.stop();
  expect(failures).toEqual([]);
  const timers = memory.messagesOf('EVENTS').filter(({ subject }) => parseEventSubject(subject)?.kind === 'timer');
  expect(timers).toHaveLength(9);
});
