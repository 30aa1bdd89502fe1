import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { filter, map, merge, share } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { createAlerts } from '../../src/alerts/service.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import { partitionOf } from '../../src/core/ids.ts';
import type { Log } from '../../src/log/log.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent, type Input } from '../../src/pipeline/define.ts';
import { absent } from '../../src/pipeline/operators/absent.ts';
import { alerted } from '../../src/pipeline/operators/alerted.ts';
import { counted } from '../../src/pipeline/operators/counted.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf, noted, readAll } from '../support/runtime.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const start = Date.UTC(2026, 0, 1);

/** Counts, waits and alerts: something of everything that has state. */
const watch = definePipeline({
  name: 'watch',
  version: 1,
  description: 'for a test',
  streams: ['custom'],
  makes: ['notes', 'silence'],
  run: (input, state) => {
    const counts = input.pipe(counted(state, 'notes', { match: isEvent, within: '1h' }), share());
    return merge(
      counts.pipe(
        map(({ count }) => ({
          output: 'score' as const,
          name: 'notes',
          subject: null,
          value: count,
          confidence: 1,
          contributions: [],
        })),
      ),
      counts.pipe(
        alerted(state, 'many', {
          repeatEvery: '5m',
          expireAfter: '1d',
          judge: ({ count }) =>
            count > 3
              ? {
                  raise: {
                    kind: 'financial',
                    severity: count > 5 ? 'critical' : 'warning',
                    title: 'many',
                    evidence: [],
                    recommendedActions: [],
                    roles: [],
                    sources: ['custom'],
                  },
                }
              : undefined,
        }),
      ),
      input.pipe(
        absent(state, 'silence', { awaiting: (one: Input) => one.id, ends: () => true, within: '2h' }),
        map(({ cause }) => ({
          output: 'score' as const,
          name: 'silence',
          subject: null,
          value: 1,
          confidence: 1,
          contributions: [],
          cause,
        })),
      ),
    );
  },
});

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

async function runOver(
  log: Log,
  memory: MemoryLog,
  options: Partial<Parameters<typeof aRuntime>[0]> = {},
): Promise<void> {
  const alerts = createAlerts({
    log,
    clock,
    retentionMs: 30 * 86_400_000,
    happened: { alertTransition: () => undefined, observationIgnored: () => undefined, alertRaceLost: () => undefined },
  });
  let failed = false;
  const runtime = aRuntime({
    log,
    pipelines: [watch],
    effects: alerts,
    clock,
    failed: () => {
      failed = true;
    },
    ...options,
  });
  try {
    await runtime.start();
  } catch {
    // Killed while it began; the next start goes on.
    return;
  }
  const { lastSequence } = await memory.info('EVENTS');
  await vi.waitFor(() => expect(failed || runtime.reached().sequence === lastSequence).toBe(true), {
    interval: 1,
    timeout: 20_000,
  });
  await runtime.stop();
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
    await vi.waitFor(() => expect(first.reached().sequence).toBe(5));
    // A second daemon takes over; the first does not know. Whoever is slower has become the zombie.
    const second = aRuntime({ log, pipelines: [watch], clock, failed: (error) => failures.push(error) });
    await second.start();
    for (const one of many.slice(5)) await appendEvent(log, one);
    await vi.waitFor(() => expect(failures.length).toBe(1));
    expect(failures[0]).toMatchObject({ code: 'fenced' });
    const furthest = () => Math.max(first.reached().sequence, second.reached().sequence);
    await vi.waitFor(() => expect(furthest()).toBe(20));
    await Promise.all([first.stop(), second.stop()]);
    const ids = (await commitsOf(log)).flatMap((commit) => commit.scores.map((score) => score.id));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is done with an event when what follows from it is in the log, and not before, whatever comes after', async () => {
    const log = createMemoryLog(clock);
    const loud = definePipeline({
      name: 'loud',
      description: 'Says something of the first event alone.',
      version: 1,
      streams: ['custom'],
      run: (input) =>
        input.pipe(
          filter((one) => one.id === 'e0'),
          map(() => ({
            output: 'score' as const,
            name: 'loud',
            subject: null,
            value: 1,
            confidence: 1,
            contributions: [],
          })),
        ),
    });
    let apply: () => void = () => undefined;
    const applying = new Promise<void>((resolve) => {
      apply = resolve;
    });
    const reached: number[] = [];
    const { happened } = noted();
    const runtime = aRuntime({
      log,
      pipelines: [loud],
      clock,
      effects: { apply: () => applying },
      happened: { ...happened, pipelinesReached: (sequence) => reached.push(sequence) },
    });
    await runtime.start();
    for (const first of many.slice(0, 1)) await appendEvent(log, first);
    await vi.waitFor(async () => expect((await log.info('SIGNALS')).lastSequence).toBe(1));
    // Nothing is said of this one, so it is soon done with; the one before is not.
    for (const second of many.slice(1, 2)) await appendEvent(log, second);
    await vi.waitFor(() => expect(runtime.unapplied()).toBeGreaterThan(1));
    for (let turn = 0; turn < 20; turn++) await nextTick();
    expect(runtime.reached().sequence).toBe(0);
    apply();
    await vi.waitFor(() => expect(runtime.reached().sequence).toBe(2));
    await runtime.stop();
    expect(reached).toEqual([1, 2]);
  });

  it('is done with an event when those before it are, of whatever partition', async () => {
    const log = createMemoryLog(clock);
    const loud = definePipeline({
      name: 'loud',
      description: 'Says something of every event.',
      version: 1,
      streams: ['custom'],
      run: (input) =>
        input.pipe(
          map(() => ({
            output: 'score' as const,
            name: 'loud',
            subject: null,
            value: 1,
            confidence: 1,
            contributions: [],
          })),
        ),
    });
    const [first, second] = eventsOfTwoPartitions();
    let apply: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      apply = resolve;
    });
    // Of the first partition the effects hang, those of the other are there at once.
    const answers = [hanging];
    const runtime = aRuntime({
      log,
      pipelines: [loud],
      clock,
      effects: { apply: () => answers.shift() ?? Promise.resolve() },
    });
    await runtime.start();
    await appendEvent(log, first);
    await vi.waitFor(async () => expect((await log.info('SIGNALS')).lastSequence).toBe(1));
    await appendEvent(log, second);
    await vi.waitFor(async () => expect((await log.info('SIGNALS')).lastSequence).toBe(2));
    for (let turn = 0; turn < 20; turn++) await nextTick();
    expect(runtime.reached().sequence).toBe(0);
    apply();
    await vi.waitFor(() => expect(runtime.reached().sequence).toBe(2));
    await runtime.stop();
  });

  it('is not taken for another worker’s after retention took its last commit', async () => {
    const log = createMemoryLog(clock);
    const failures: unknown[] = [];
    const runtime = aRuntime({ log, pipelines: [watch], clock, failed: (error) => failures.push(error) });
    await runtime.start();
    for (const one of many.slice(0, 5)) await appendEvent(log, one);
    await vi.waitFor(async () => expect((await log.info('SIGNALS')).messages).toBeGreaterThan(0));
    await vi.waitFor(() => expect(runtime.reached().sequence).toBe(5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await log.trim('SIGNALS', (await log.info('SIGNALS')).lastSequence);
    for (const one of many.slice(5, 8)) await appendEvent(log, one);
    await vi.waitFor(async () => expect(failures.length + (await log.info('SIGNALS')).messages).toBeGreaterThan(0));
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

function eventsOfTwoPartitions(): readonly [StreamEvent, StreamEvent] {
  const about = (entity: string) =>
    event({ type: 'note', stream: 'custom', time: '2026-01-01T00:00:00Z', entity: `account:${entity}`, data: {} });
  const partition = ({ org, entity }: StreamEvent) => partitionOf(org, entity, 4);
  const first = about('first');
  const second = Array.from({ length: 100 }, (_, number) => about(String(number))).find(
    (one) => partition(one) !== partition(first),
  );
  if (!second) throw new Error('All of them are of one partition.');
  return [first, second];
}
