import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { idOf } from '../../src/core/ids.ts';
import { durationMs } from '../../src/core/duration.ts';
import { horizonsOf } from '../../src/intake/horizons.ts';
import { createSeen, type Seen } from '../../src/intake/seen.ts';
import type { Log } from '../../src/log/log.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { aClock, aWitness, sources, type HandClock, type Witness } from './door.ts';
import { until } from '../support/until.ts';

let path: string;
let clock: HandClock;
let log: MemoryLog;
let witness: Witness;
const running = new Set<Seen>();

beforeEach(async () => {
  path = newFolder();
  clock = aClock();
  log = createMemoryLog(clock);
  witness = aWitness();
});

afterEach(async () => {
  for (const seen of running) await seen.stop();
  running.clear();
  removeFolder(path);
});

describe('what was seen', () => {
  test('is known once the log has it, and again after a restart', async () => {
    const seen = await start();
    const id = await append('stripe', 1);
    await until(() => seen.has(id));
    expect(seen.has(idOf('acme', 'stripe', 'another'))).toBe(false);
    await stop(seen);
    expect((await start()).has(id)).toBe(true);
    expect(witness.words).toEqual([]);
  });

  test('what came while it was away is read before it is ready', async () => {
    await stop(await start());
    const ids = [];
    for (let n = 0; n < 12_000; n += 1) ids.push(await append('stripe', n));
    clock.pass(durationMs('1h'));
    const seen = await start();
    expect(seen.ready()).toBe(false);
    await until(() => seen.ready());
    expect(ids.filter((id) => !seen.has(id))).toEqual([]);
  });

  test('is forgotten when its source repeats no more: Stripe after 3 days, HubSpot after one, metrics at once', async () => {
    const seen = await start();
    const [stripe, hubspot, custom, metrics] = [
      await append('stripe', 1),
      await append('hubspot', 1),
      await append('custom', 1),
      await append('metrics', 1),
    ];
    await until(() => seen.has(custom));
    expect([stripe, hubspot, metrics].map((id) => seen.has(id))).toEqual([true, true, false]);
    clock.pass(durationMs('24h'));
    expect([stripe, hubspot, custom].map((id) => seen.has(id))).toEqual([true, false, true]);
    clock.pass(durationMs('2d'));
    expect([stripe, custom].map((id) => seen.has(id))).toEqual([false, false]);
  });

  test('is bounded per org: the ids that expire first go, and it says so', async () => {
    const seen = await start(100);
    const ids = [];
    for (let n = 0; n < 150; n += 1) {
      ids.push(await append('stripe', n));
      clock.pass(1_000);
    }
    const other = await append('stripe', 1, 'other');
    await until(() => seen.has(other) && witness.words.length > 0);
    expect(ids.map((id) => seen.has(id))).toEqual([
      ...Array.from({ length: 50 }, () => false),
      ...Array.from({ length: 100 }, () => true),
    ]);
    expect(witness.words.every((word) => word.startsWith('evicted acme'))).toBe(true);
  });

  test('what has expired makes room', async () => {
    const seen = await start(100);
    for (let n = 0; n < 100; n += 1) await append('hubspot', n);
    const last = idOf('acme', 'hubspot', '99');
    await until(() => seen.has(last));
    clock.pass(durationMs('25h'));
    const fresh: string[] = [];
    for (let n = 0; n < 100; n += 1) fresh.push(await append('hubspot', 1_000 + n));
    await until(() => fresh.every((id) => seen.has(id)));
    expect(witness.words).toEqual([]);
  });
});

describe('a log that is not the one it has read', () => {
  test.each([
    ['made anew', 'rebuilt other-log', () => log.recreate('EVENTS')],
    ['restored to an earlier state', 'rebuilt cut', () => log.cut('EVENTS', 1)],
  ])('%s: it starts over', async (_, word, happens) => {
    const seen = await start();
    const [first, second] = [await append('stripe', 1), await append('stripe', 2)];
    await until(() => seen.has(second));
    await stop(seen);
    happens();
    const again = await start();
    await until(() => again.ready());
    expect(witness.words).toEqual([word]);
    expect(again.has(second)).toBe(false);
    expect(again.has(first)).toBe(word === 'rebuilt cut');
  });

  test('restored and written on: it starts over', async () => {
    const seen = await start();
    await append('stripe', 1);
    const second = await append('stripe', 2);
    await until(() => seen.has(second));
    await stop(seen);
    log.cut('EVENTS', 1);
    clock.pass(1);
    const third = await append('stripe', 3);
    const again = await start();
    await until(() => again.has(third));
    expect(witness.words).toEqual(['rebuilt rewritten']);
    expect(again.has(second)).toBe(false);
  });
});

test('it is not ready while what it knows is older than half the log’s window', async () => {
  const seen = await start();
  await until(() => seen.ready());
  log.failAppends('log-unavailable');
  clock.pass(5 * 60_000 + 1);
  expect(seen.ready()).toBe(false);
  log.failAppends(undefined);
  await until(() => seen.ready());
});

test('a log that is restored while it is read ends nothing: it starts over, and is not ready until then', async () => {
  let restored = false;
  const seen = await start(1_000_000, {
    ...log,
    read: (stream, options) => {
      const reader = log.read(stream, options);
      return {
        ...reader,
        next: async (wait) => {
          if (!restored) return reader.next(wait);
          restored = false;
          throw new WeirError('log-mismatch', 'EVENTS was restored');
        },
      };
    },
  });
  const [first, second] = [await append('stripe', 1), await append('stripe', 2)];
  await until(() => seen.has(second));
  log.cut('EVENTS', 1);
  clock.pass(1);
  restored = true;
  await append('stripe', 3);
  await until(() => witness.words.some((word) => word.startsWith('rebuilt')));
  await until(() => seen.ready());
  expect([seen.has(first), seen.has(second)]).toEqual([true, false]);
});

async function start(maxPerOrg = 1_000_000, from: Log = log): Promise<Seen> {
  const seen = createSeen({
    log: from,
    clock,
    path,
    maxPerOrg,
    pauseMs: 5,
    horizonMs: horizonsOf(sources),
    happened: witness,
  });
  running.add(seen);
  await seen.start();
  return seen;
}

async function stop(seen: Seen): Promise<void> {
  running.delete(seen);
  await seen.stop();
}

async function append(origin: string, n: number, org = 'acme'): Promise<string> {
  const id = idOf(org, origin, String(n));
  const event = { specversion: '1.0', id, data: {} };
  const data = Buffer.from(JSON.stringify(event));
  await log.append({ stream: 'EVENTS', subject: `weir.events.0.${org}.${origin}`, data, id });
  return id;
}
