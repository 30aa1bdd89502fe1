import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline } from '../../src/pipeline/define.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf, noted, readAll } from '../support/runtime.ts';
import { clock, runOver, start, watch } from './watch.ts';

describe('a partition', () => {
  const many = Array.from({ length: 20 }, (_, index) =>
    event({
      type: 'custom.note',
      stream: 'custom',
      entity: 'account:a',
      time: new Date(start + index * 1_000).toISOString(),
      id: `e${index}`,
    }),
  );

  it('is worked by one worker: of two the one that commits late is refused, and the other goes on', async () => {
    const log = createMemoryLog(clock);
    for (const one of many.slice(0, 5)) await appendEvent(log, one);
    const failures: unknown[] = [];
    const first = aRuntime({ log, pipelines: [watch], clock, failed: (error) => failures.push(error) });
    await first.start();
    await expect.poll(() => first.reached().sequence).toBe(5);
    // A second daemon takes over; the first does not know. Whoever is slower has become the zombie.
    const second = aRuntime({ log, pipelines: [watch], clock, failed: (error) => failures.push(error) });
    await second.start();
    for (const one of many.slice(5)) await appendEvent(log, one);
    await expect.poll(() => failures.length).toBe(1);
    expect(failures[0]).toMatchObject({ code: 'fenced' });
    const furthest = () => Math.max(first.reached().sequence, second.reached().sequence);
    await expect.poll(() => furthest()).toBe(20);
    await Promise.all([first.stop(), second.stop()]);
    const ids = (await commitsOf(log)).flatMap((commit) => commit.scores.map((score) => score.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('commits together what it says while a commit is on its way to the log', async () => {
    const log = createMemoryLog(clock);
    let pass: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      pass = resolve;
    });
    const slow: Log = {
      ...log,
      async append(message) {
        if (message.stream === 'SIGNALS') await gate;
        return log.append(message);
      },
    };
    let read = 0;
    const counted: Log = {
      ...slow,
      read(stream, options) {
        const reader = slow.read(stream, { ...options, maxMessages: 3 });
        return {
          ...reader,
          async next(wait) {
            const batch = await reader.next(wait);
            read += batch.length;
            return batch;
          },
        };
      },
    };
    const runtime = aRuntime({ log: counted, pipelines: [watch], clock });
    await runtime.start();
    for (const one of many) await appendEvent(log, one);
    await expect.poll(() => read).toBe(many.length);
    expect(await commitsOf(log)).toEqual([]);
    pass();
    await expect.poll(() => runtime.reached().sequence).toBe(many.length);
    await runtime.stop();
    const commits = await commitsOf(log);
    expect(commits).toHaveLength(2);
    expect(commits.flatMap(({ scores }) => scores)).toHaveLength(many.length);
    expect(commits.at(-1)?.to).toBe(many.length);
  });

  it('is not taken for another worker’s after retention took its last commit', async () => {
    const log = createMemoryLog(clock);
    const failures: unknown[] = [];
    const runtime = aRuntime({ log, pipelines: [watch], clock, failed: (error) => failures.push(error) });
    await runtime.start();
    for (const one of many.slice(0, 5)) await appendEvent(log, one);
    await expect.poll(async () => (await log.info('SIGNALS')).messages).toBeGreaterThan(0);
    await expect.poll(() => runtime.reached().sequence).toBe(5);
    await expect.poll(() => runtime.unapplied()).toBe(0);
    await log.trim('SIGNALS', (await log.info('SIGNALS')).lastSequence);
    for (const one of many.slice(5, 8)) await appendEvent(log, one);
    await expect.poll(async () => failures.length + (await log.info('SIGNALS')).messages).toBeGreaterThan(0);
    await runtime.stop();
    expect(failures).toEqual([]);
  });

  it.each(['{"specversion":', '[]', '{"id":1}', '{"id":"a","time":"soon","receivedAt":"now"}'])(
    'goes on behind a message that is no event: %s',
    async (garbage) => {
      const log = createMemoryLog(clock);
      const failures: unknown[] = [];
      await log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from(garbage) });
      await log.append({ stream: 'EVENTS', subject: 'weir.timers.0.acme', data: Buffer.from(garbage) });
      for (const one of many.slice(0, 5)) await appendEvent(log, one);
      await runOver(log, log, { failed: (error) => failures.push(error) });
      expect(failures).toEqual([]);
      expect((await commitsOf(log)).flatMap((commit) => commit.scores).length).toBeGreaterThan(0);
    },
  );

  it('takes no event for another organisation than its subject’s, and is not ended by one that names none', async () => {
    const log = createMemoryLog(clock);
    const failures: unknown[] = [];
    for (const org of ['globex', 'of nobody']) {
      const data = Buffer.from(JSON.stringify({ ...many[0], org, id: org }));
      await log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data });
    }
    const runtime = aRuntime({
      log,
      pipelines: [watch],
      clock: { now: () => Date.now() + 30 * 86_400_000 },
      idleTimers: true,
      failed: (error) => failures.push(error),
    });
    await runtime.start();
    await expect.poll(() => runtime.reached().sequence).toBe(2);
    await runtime.stop();
    expect(runtime.entities()).toBe(0);
    expect(failures).toEqual([]);
  });

  it('is not worked with another number of partitions than the log was made with', async () => {
    const log = createMemoryLog(clock);
    const runtime = aRuntime({ log, pipelines: [watch], clock });
    await runtime.start();
    await runtime.stop();
    await expect(aRuntime({ log, pipelines: [watch], clock, partitions: 3 }).start()).rejects.toMatchObject({
      code: 'log-mismatch',
    });
  });

  it('goes on after the log was restored to an earlier state, and says so', async () => {
    const log = createMemoryLog(clock);
    for (const one of many) await appendEvent(log, one);
    await runOver(log, log);
    const before = (await readAll(log, 'ALERTS')).length;
    log.cut('EVENTS', 10);
    const later = event({
      type: 'custom.note',
      stream: 'custom',
      entity: 'account:a',
      time: new Date(start + 86_000_000).toISOString(),
      id: 'later',
    });
    const burst = Array.from({ length: 6 }, (_, index) => ({ ...later, id: `later${index}` }));
    for (const one of burst) await appendEvent(log, one);
    const { happened, notes } = noted();
    await runOver(log, log, { happened });
    expect(notes.map(([name, , verdict]) => [name, verdict])).toContainEqual(['positionRejected', 'cut']);
    expect((await readAll(log, 'ALERTS')).length).toBeGreaterThan(before);
  });

  it('keeps what it cannot handle out of the way: the event is dead for that pipeline, the next one is scored', async () => {
    const log = createMemoryLog(clock);
    const picky = definePipeline({
      ...watch,
      run: (input, state) =>
        watch.run(input, state).pipe(
          map((output) => {
            if (output.output === 'score' && output.value === 2) throw new Error('two is too much');
            return output;
          }),
        ),
    });
    for (const one of many.slice(0, 3)) await appendEvent(log, one);
    await runOver(log, log, { pipelines: [picky] });
    const commits = await commitsOf(log);
    expect(commits.flatMap((commit) => commit.dead)).toMatchObject([
      { pipeline: 'watch', eventId: 'e1', detail: 'two is too much' },
      // What the second event had changed is forgotten with it, so the third is the second one anew.
      { pipeline: 'watch', eventId: 'e2', detail: 'two is too much' },
    ]);
    expect(commits.flatMap((commit) => commit.scores.map((score) => score.value))).toEqual([1]);
  });
});
