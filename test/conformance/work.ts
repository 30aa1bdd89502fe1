import { beforeEach, describe, expect, test } from 'vitest';
import type { Log, WorkItem, WorkTaker } from '../../src/log/log.ts';
import { smallWork } from '../support/log.ts';
import type { Setting } from './setting.ts';

/** The queue of work. */
export function describeWork(on: Setting): void {
  let log: Log;
  beforeEach(() => {
    ({ log } = on);
  });

  describe('work', () => {
    const add = (name: string) => log.work.add({ org: 'acme', id: name, data: Buffer.from(name) });
    /** Takes items and leaves them unsettled, in the order they come. */
    function hold(atOnce: number): { readonly items: WorkItem[]; readonly taker: WorkTaker } {
      const items: WorkItem[] = [];
      return { items, taker: log.work.take({ atOnce, handle: (item) => void items.push(item) }) };
    }
    const count = (items: readonly WorkItem[], wanted: number) => expect.poll(() => items.length).toBe(wanted);
    /** For items that come again by themselves: more of them may have come before anybody looks. */
    const atLeast = (items: readonly WorkItem[], wanted: number) =>
      expect.poll(() => items.length).toBeGreaterThanOrEqual(wanted);
    const named = (items: readonly WorkItem[]) => items.map(({ data }) => Buffer.from(data).toString());

    test('goes to whoever takes it, in order, and is gone when it is done', async () => {
      for (const name of ['a', 'b', 'c']) expect(await add(name)).toBe('added');
      expect(await log.work.waiting()).toBe(3);
      const { items } = hold(10);
      await count(items, 3);
      expect(named(items)).toEqual(['a', 'b', 'c']);
      expect(items[0]).toMatchObject({ org: 'acme', deliveries: 1 });
      await Promise.all(items.map((item) => item.done()));
      expect(await log.work.waiting()).toBe(0);
      await add('d');
      await count(items, 4);
    });

    test('of an id that is known is not added again, also when it is done', async () => {
      expect(await Promise.all([add('a'), add('a')])).toEqual(['added', 'duplicate']);
      const { items } = hold(1);
      await count(items, 1);
      await items[0]?.done();
      expect(await add('a')).toBe('duplicate');
      expect(await log.work.waiting()).toBe(0);
    });

    test('is shared: each item goes to one of several takers, none to one that holds as many as it may', async () => {
      const first = hold(2);
      const second = hold(3);
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await add(name);
      await count(first.items, 2);
      await count(second.items, 3);
      expect(new Set(named([...first.items, ...second.items])).size).toBe(5);
      await first.items[0]?.done();
      await count(first.items, 3);
      expect(new Set(named([...first.items, ...second.items])).size).toBe(6);
    });

    test('comes again when whoever took it says nothing for as long as a lease', async () => {
      log = await on.reopen({ work: { ...smallWork, leaseMs: 300 } });
      await add('a');
      const { items } = hold(2);
      await count(items, 2);
      expect(items.map(({ deliveries }) => deliveries)).toEqual([1, 2]);
      // Who was taken for dead may finish all the same.
      await items[0]?.done();
      expect(await log.work.waiting()).toBe(0);
    });

    test('is not put off, nor held on to, by who was taken for dead', async () => {
      log = await on.reopen({ work: { ...smallWork, leaseMs: 500 } });
      await add('a');
      const { items } = hold(10);
      await atLeast(items, 2);
      items[0]?.later(60_000);
      items[0]?.progress();
      // The lease of whoever has it runs out as if nothing had been said, and the item comes at once.
      await atLeast(items, 3);
      await items.at(-1)?.done();
    });

    test('does not come again as long as whoever took it says it is at it', async () => {
      log = await on.reopen({ work: { ...smallWork, leaseMs: 1_000 } });
      await add('long');
      const { items } = hold(10);
      await count(items, 1);
      const beating = setInterval(() => items[0]?.progress(), 50);
      // Two leases of another item, which nobody is at, go by.
      await add('forgotten');
      await expect.poll(() => named(items).filter((name) => name === 'forgotten').length).toBeGreaterThan(2);
      clearInterval(beating);
      expect(named(items).filter((name) => name === 'long')).toHaveLength(1);
      await items[0]?.done();
    });

    test('that was put off comes again later, and lets others go first', async () => {
      await add('a');
      await add('b');
      const { items } = hold(1);
      await count(items, 1);
      items[0]?.later(200);
      await count(items, 2);
      await items[1]?.done();
      await count(items, 3);
      expect(named(items)).toEqual(['a', 'b', 'a']);
      expect(items[2]?.deliveries).toBe(2);
    });

    test('in flight is never more than the cap', async () => {
      log = await on.reopen({ work: { ...smallWork, inFlightMax: 2 } });
      const { items } = hold(10);
      for (const name of ['a', 'b', 'c', 'd']) await add(name);
      await count(items, 2);
      await items[0]?.done();
      await count(items, 3);
      await Promise.all(items.slice(1).map((item) => item.done()));
      await count(items, 4);
    });

    test('is still there after it was opened anew, with how often it was delivered', async () => {
      log = await on.reopen({ work: { ...smallWork, leaseMs: 500 } });
      await add('a');
      await add('b');
      const before = hold(1);
      await count(before.items, 1);
      log = await on.reopen({ work: { ...smallWork, leaseMs: 500 } });
      expect(await log.work.waiting()).toBe(2);
      const { items } = hold(2);
      await count(items, 2);
      const again = items.find((item) => named([item])[0] === 'a');
      expect(again?.deliveries).toBe(2);
    });

    test('that is too large, or does not fit, is refused', async () => {
      log = await on.reopen({ work: { ...smallWork, maxBytes: 300_000 } });
      const large = (id: string, bytes: number) => log.work.add({ org: 'acme', id, data: Buffer.alloc(bytes) });
      await expect(large('huge', 1024 * 1024 + 1)).rejects.toMatchObject({ code: 'message-too-large' });
      await large('one', 200_000);
      await expect(large('two', 200_000)).rejects.toMatchObject({ code: 'log-full' });
      const { items } = hold(1);
      await count(items, 1);
      await items[0]?.done();
      expect(await large('three', 200_000)).toBe('added');
    });
  });
}
