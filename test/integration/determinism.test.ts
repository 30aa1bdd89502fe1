import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { configOf } from '../../src/config/load.ts';
import type { Log, NewMessage } from '../../src/log/log.ts';
import { pipelinesOf } from '../../src/parts.ts';
import { permutations, recordsOf } from '../../src/pipeline/permute.ts';
import type { Duration } from '../../src/core/duration.ts';
import type { Pipeline } from '../../src/pipeline/define.ts';
import { fill } from '../bench/support/events.ts';
import { logKinds, missing, newLog, type LogKind } from '../bench/support/log.ts';
import { work } from './determinism/machine.ts';
import { linesIn, saidByEntity, saidByPartition, unlike, type Said } from './determinism/said.ts';
import { aCompanysLife, eventOf, isTimer, partitions, withSettings } from './determinism/stream.ts';

/** Four weeks of a company with all its stories, and timers each day: some 1,200 records, and ten borders of batches. */
const events = 1_000;
const batch = 128;

let messages: readonly NewMessage[];
/** The same with settings that change on the way. */
let tuned: readonly NewMessage[];
let pipelines: readonly Pipeline[];
/** What one runtime says that works the embedded log off without a stop. */
let expected: Said;

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
});

async function aLog(kind: LogKind, filledWith: readonly NewMessage[] = tuned): Promise<Log> {
  const { log, discard } = await newLog(kind);
  undo.push(discard);
  await fill(log, filledWith);
  return log;
}

beforeAll(async () => {
  messages = await aCompanysLife(events);
  tuned = withSettings(messages);
  pipelines = await pipelinesOf(configOf());
  const { log, discard } = await newLog('embedded');
  await fill(log, tuned);
  await work({ log, pipelines, end: tuned.length, batch: 1_024 });
  expected = await saidByPartition(log);
  await discard();
});

test('the weeks that are compared hold scores, alerts, insights and late events, all over the partitions, under changing settings', () => {
  const partitionsOf = (part: string) => [...expected.keys()].filter((key) => key.endsWith(part)).length;
  expect(partitionsOf('scores')).toBe(partitions);
  expect(partitionsOf('alertObservations')).toBeGreaterThan(partitions / 2);
  expect(partitionsOf('insights')).toBeGreaterThan(0);
  expect(partitionsOf('late')).toBeGreaterThan(0);
  expect(linesIn(expected)).toBeGreaterThan(events);
  expect([...expected.keys()].filter((key) => key.endsWith('dead'))).toEqual([]);
  const said = [...expected.values()].flat().join('\n');
  for (const version of [1, 2, 3]) expect(said).toContain(`"settings":{"version":${version},`);
});

describe.each(logKinds)('the same events in the same order, on the %s log, give the same bytes', (kind) => {
  test.skipIf(missing(kind) !== undefined)('in small batches, without a stop', async () => {
    const log = await aLog(kind);
    await work({ log, pipelines, end: tuned.length, batch });
    expect(unlike(await saidByPartition(log), expected)).toEqual([]);
  });

  test.skipIf(missing(kind) !== undefined)('started anew at every batch border, from its snapshot', async () => {
    const log = await aLog(kind);
    for (const end of borders()) await work({ log, pipelines, end, batch });
    expect(unlike(await saidByPartition(log), expected)).toEqual([]);
  });

  test.skipIf(missing(kind) !== undefined)('started anew at every batch border, its snapshots lost', async () => {
    const log = await aLog(kind);
    for (const end of borders()) {
      await work({ log, pipelines, end, batch: 1_024 });
      for (const key of await log.kv.keys('snapshot.')) await log.kv.delete(key);
    }
    expect(unlike(await saidByPartition(log), expected)).toEqual([]);
  });

  test.skipIf(missing(kind) !== undefined)(
    'with the partitions divided between two machines, one way for half of the events and another way from then on',
    async () => {
      const log = await aLog(kind);
      const half = Math.floor(tuned.length / 2);
      for (const [end, divided] of [
        [half, (partition: number) => partition % 2 === 0],
        [tuned.length, (partition: number) => partition < 3],
      ] as const) {
        const all = Array.from({ length: partitions }, (_, partition) => partition);
        const [one, other] = [all.filter(divided), all.filter((partition) => !divided(partition))];
        await Promise.all([one, other].map((worked) => work({ log, pipelines, end, batch, worked })));
      }
      expect(unlike(await saidByPartition(log), expected)).toEqual([]);
    },
  );
});

describe('other orders of the same events', () => {
  test('those of different entities interleaved anew: every entity gets the same bytes', async () => {
    const said = await saidWith(pipelines, messages);
    for (const order of ordersOf('0s', 1)) expect(unlike(await saidWith(pipelines, order), said)).toEqual([]);
  });

  test('those of one entity in another order within the lateness its pipelines wait: every entity gets the same bytes', async () => {
    const patient = pipelines.map((pipeline): Pipeline => ({ ...pipeline, lateness }));
    const said = await saidWith(patient, messages);
    for (const order of ordersOf(lateness, 1)) {
      expect(movedIn(order)).toBeGreaterThan(events / 4);
      expect(unlike(await saidWith(patient, order), said)).toEqual([]);
    }
  });

  /** Days apart: on most days an account has a few events at most, and a minute would change no order. */
  const lateness = '1d';

  async function saidWith(running: readonly Pipeline[], filledWith: readonly NewMessage[]): Promise<Said> {
    const log = await aLog('embedded', filledWith);
    await work({ log, pipelines: running, end: filledWith.length, batch: 1_024 });
    return saidByEntity(log);
  }

  /** Timers stay where they are, and events between the same ones. */
  function ordersOf(within: Duration, howMany: number): readonly (readonly NewMessage[])[] {
    const records = recordsOf(
      messages.map((message) => (isTimer(message) ? { at: timeOf(message), timer: true } : eventOf(message))),
    );
    const messageOf = new Map(records.map(({ given }, index) => [given, messages[index]]));
    return [...permutations(records, within)]
      .slice(0, howMany)
      .map((order) => order.flatMap(({ given }) => messageOf.get(given) ?? []));
  }

  const timeOf = ({ data }: NewMessage): string => JSON.parse(Buffer.from(data).toString('utf8')).time;

  /** How many events come after one of their entity that happened later. */
  function movedIn(order: readonly NewMessage[]): number {
    const newest = new Map<string, string>();
    return order.filter((message) => {
      if (isTimer(message)) return false;
      const { entity, time } = eventOf(message);
      const before = newest.get(entity) ?? '';
      if (time > before) newest.set(entity, time);
      return time < before;
    }).length;
  }
});

function borders(): readonly number[] {
  const ends = Array.from({ length: Math.floor(tuned.length / batch) }, (_, index) => (index + 1) * batch);
  return tuned.length % batch === 0 ? ends : [...ends, tuned.length];
}
