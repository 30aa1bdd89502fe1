import { setImmediate as nextTick } from 'node:timers/promises';
import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/event.ts';
import { partitionOf } from '../../src/core/ids.ts';
import type { Log } from '../../src/log/log.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline } from '../../src/pipeline/define.ts';
import { batchesUnapplied } from '../../src/pipeline/run.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, noted } from '../support/runtime.ts';
import { clock } from './watch.ts';

/** Says something of every event but the one called quiet. */
const loud = definePipeline({
  name: 'loud',
  description: 'for a test',
  version: 1,
  streams: ['custom'],
  run: (input) =>
    input.pipe(
      filter(({ id }) => id !== 'quiet'),
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

const about = (entity: string, id = entity) =>
  event({ type: 'note', stream: 'custom', time: '2026-01-01T00:00:00Z', entity: `account:${entity}`, id });

describe('a partition is done with an event', () => {
  it('when what follows from it is in the log, and not before, whatever comes after', async () => {
    const log = createMemoryLog(clock);
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
    await appendEvent(log, about('first'));
    await expect.poll(async () => (await log.info('SIGNALS')).lastSequence).toBe(1);
    // Nothing is said of this one, so it is soon done with; the one before is not.
    await appendEvent(log, about('first', 'quiet'));
    await expect.poll(() => runtime.unapplied()).toBeGreaterThan(1);
    for (let turn = 0; turn < 20; turn++) await nextTick();
    expect(runtime.reached().sequence).toBe(0);
    apply();
    await expect.poll(() => runtime.reached().sequence).toBe(2);
    await runtime.stop();
    expect(reached).toEqual([1, 2]);
  });

  it('when those before it are, of whatever partition', async () => {
    const log = createMemoryLog(clock);
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
    await expect.poll(async () => (await log.info('SIGNALS')).lastSequence).toBe(1);
    await appendEvent(log, second);
    await expect.poll(async () => (await log.info('SIGNALS')).lastSequence).toBe(2);
    for (let turn = 0; turn < 20; turn++) await nextTick();
    expect(runtime.reached().sequence).toBe(0);
    apply();
    await expect.poll(() => runtime.reached().sequence).toBe(2);
    await runtime.stop();
  });

  it('and while nothing comes, nothing more waits for it', async () => {
    const log = createMemoryLog(clock);
    let looked = 0;
    /** Of which the silence passes quickly. */
    const silent: Log = {
      ...log,
      read(stream, options) {
        const reader = log.read(stream, options);
        return { ...reader, next: () => ((looked += 1), reader.next({ waitMs: 1 })) };
      },
    };
    let apply: () => void = () => undefined;
    const applying = new Promise<void>((resolve) => {
      apply = resolve;
    });
    const runtime = aRuntime({ log: silent, pipelines: [loud], clock, effects: { apply: () => applying } });
    await runtime.start();
    await appendEvent(log, about('first'));
    await expect.poll(() => runtime.unapplied()).toBe(1);
    const before = looked;
    await expect.poll(() => looked).toBeGreaterThan(before + batchesUnapplied);
    expect(runtime.unapplied()).toBe(1);
    apply();
    await expect.poll(() => runtime.reached().sequence).toBe(1);
    await runtime.stop();
  });
});

function eventsOfTwoPartitions(): readonly [StreamEvent, StreamEvent] {
  const partition = ({ org, entity }: StreamEvent) => partitionOf(org, entity, 4);
  const first = about('first');
  const second = Array.from({ length: 100 }, (_, number) => about(String(number))).find(
    (one) => partition(one) !== partition(first),
  );
  if (!second) throw new Error('All of them are of one partition.');
  return [first, second];
}
