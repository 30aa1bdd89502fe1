import { afterEach, beforeEach, expect, test } from 'vitest';
import { nothing } from '../../src/intake/happenings.ts';
import { z } from 'zod';
import { WeirError } from '../../src/core/errors.ts';
import { streamEventSchema } from '../../src/core/event.ts';
import type { Service } from '../../src/core/service.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import { createNatsIntake } from '../../src/intake/nats.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { aClock, aWitness, type HandClock, type Witness } from './door.ts';
import { until } from '../support/until.ts';

let clock: HandClock;
let log: MemoryLog;
let witness: Witness;
let service: Service | undefined;
let ready: boolean;

beforeEach(() => {
  clock = aClock();
  log = createMemoryLog(clock);
  witness = aWitness();
  ready = true;
});

afterEach(async () => {
  await service?.stop();
});

test('takes CloudEvents from the queue into the log, under the origin of their subject', async () => {
  await publish('acme', 'market', { ...minimal, subject: 'globex', data: { headline: 'x' } });
  await publish('acme', 'billing-system', minimal);
  await start();
  await drained();
  expect(
    z
      .array(streamEventSchema)
      .parse(log.jsonOf('EVENTS'))
      .map(({ origin, stream, entity }) => [origin, stream, entity]),
  ).toEqual([
    ['market', 'market', 'globex'],
    ['billing-system', 'custom', '/here'],
  ]);
  expect(witness.total()).toEqual({ ...nothing, received: 2, stored: 2, duplicates: 0, dead: 0 });
});

test('what is wrong becomes a dead letter with its bytes, and holds up nothing', async () => {
  await publish('acme', 'custom', 'not json');
  await publish('acme', 'custom', { ...minimal, id: '', time: 'soon' });
  await publish('acme', 'custom', [minimal]);
  await publish('nobody', 'custom', minimal);
  await publish('acme', 'NOT_A_NAME', minimal);
  await publish('acme', 'custom', minimal);
  await start();
  await drained();
  const letters = z
    .array(z.object({ org: z.string(), source: z.string(), detail: z.string(), body: z.string() }))
    .parse(log.jsonOf('DEADLETTERS'));
  expect(letters.map(({ org, source }) => `${org} ${source}`)).toEqual([
    'acme custom',
    'acme custom',
    'acme custom',
    'nobody custom',
    'acme -',
  ]);
  expect(Buffer.from(letters[0]?.body ?? '', 'base64').toString()).toBe('not json');
  expect(letters[1]?.detail).toContain('/id');
  expect(letters[1]?.detail).toContain('/time');
  expect(log.messagesOf('EVENTS')).toHaveLength(1);
  expect(witness.total()).toEqual({ ...nothing, received: 6, stored: 1, duplicates: 0, dead: 5 });
});

test('a verdict on an alert is not taken: nothing there says who may act on alerts', async () => {
  const data = { outcome: 'noise', alert: '1f0c', episode: 1, pipeline: 'finance', rule: 'dispute' };
  await publish('acme', 'custom', { ...minimal, type: 'weir.outcome.alert', entity: 'account:a', data });
  await start();
  await drained();
  expect(log.messagesOf('EVENTS')).toHaveLength(0);
  expect(log.jsonOf('DEADLETTERS')).toMatchObject([{ detail: expect.stringContaining('over HTTP alone') }]);
});

test('a message taken before a crash and taken again counts once', async () => {
  await publish('acme', 'custom', minimal);
  const [queued] = log.messagesOf('INTAKE');
  await start();
  await drained();
  await service?.stop();
  clock.pass(60_000);
  await log.append({ stream: 'INTAKE', subject: 'weir.intake.acme.custom', data: queued?.data ?? Buffer.alloc(0) });
  await start();
  await drained();
  expect(log.messagesOf('EVENTS')).toHaveLength(1);
  expect(witness.total()).toMatchObject({ received: 2, stored: 1, duplicates: 1 });
});

test('while the log takes nothing, the queue keeps it, and it is counted once when it is taken', async () => {
  await publish('acme', 'custom', minimal);
  log.failAppends('log-full');
  await start();
  await until(() => witness.words.length >= 2);
  expect(log.messagesOf('INTAKE')).toHaveLength(1);
  log.failAppends(undefined);
  await drained();
  expect(log.messagesOf('EVENTS')).toHaveLength(1);
  expect(witness.total()).toMatchObject({ received: 1, stored: 1, rejected: 0 });
  expect(new Set(witness.words)).toEqual(new Set(['delayed log-full']));
});

test('what is too large for the log holds up nothing: its beginning is a dead letter', async () => {
  await publish('acme', 'custom', { ...minimal, data: { text: 'x'.repeat(100_000) } });
  log.failAppends('message-too-large', 'EVENTS');
  await start();
  await drained();
  const [letter] = z.array(z.object({ detail: z.string(), body: z.string() })).parse(log.jsonOf('DEADLETTERS'));
  expect(letter?.detail).toContain('first 65536 bytes');
  expect(Buffer.from(letter?.body ?? '', 'base64')).toHaveLength(65_536);
  expect(witness.total()).toMatchObject({ received: 1, dead: 1 });
});

test('it waits until it is known what was seen before', async () => {
  ready = false;
  await publish('acme', 'custom', minimal);
  await start();
  await until(() => witness.words.includes('delayed not-ready'));
  expect(log.messagesOf('EVENTS')).toHaveLength(0);
  ready = true;
  await drained();
  expect(log.messagesOf('EVENTS')).toHaveLength(1);
});

test('a queue that cannot be read is read again from its head: nothing ends, nothing counts twice', async () => {
  const { read } = log;
  let failures = 2;
  log = {
    ...log,
    read: (stream, options) => {
      const reader = read(stream, options);
      return {
        ...reader,
        next: async (wait) => {
          failures -= 1;
          if (failures >= 0) throw new WeirError('log-mismatch', 'INTAKE was restored');
          return reader.next(wait);
        },
      };
    },
  };
  await publish('acme', 'custom', minimal);
  await start();
  await drained();
  expect(witness.words).toEqual(['delayed log-mismatch', 'delayed log-mismatch']);
  expect(witness.total()).toMatchObject({ received: 1, stored: 1 });
});

const minimal = { specversion: '1.0', id: '1', source: '/here', type: 'com.example.thing' };

async function publish(org: string, source: string, event: unknown): Promise<void> {
  const data = Buffer.from(typeof event === 'string' ? event : JSON.stringify(event));
  await log.append({ stream: 'INTAKE', subject: `weir.intake.${org}.${source}`, data });
}

async function start(): Promise<void> {
  service = createNatsIntake({
    log,
    clock,
    seen: { has: () => false, ready: () => ready },
    orgs: new Set(['acme']),
    partitions: 4,
    limits,
    happened: witness,
  });
  await service.start();
}

async function drained(): Promise<void> {
  await until(() => log.messagesOf('INTAKE').length === 0);
}
