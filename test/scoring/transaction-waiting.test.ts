import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noneWaiting, reported, waitingAfter, type WaitingTransaction } from '../../src/scoring/transaction/waiting.ts';
import { deepFrozen } from './arbitraries.ts';

const facts = [1, 0, 0, 1, 1, 1, 1, 1, 1] as const;
const most = 6;
const delay = 50;

const transactions = fc.array(fc.record({ id: fc.nat(30), second: fc.nat(200), reportsFirst: fc.boolean() }), {
  maxLength: 40,
});

/** The same by a list that is sorted after each: what waits, and what was released, in order. */
function byList(all: readonly { id: number; second: number; reportsFirst: boolean }[]) {
  let list: WaitingTransaction[] = [];
  const released: number[] = [];
  for (const { id, second, reportsFirst } of all) {
    if (reportsFirst) {
      released.push(...list.filter((each) => each.id === id).map((each) => each.id));
      list = list.filter((each) => each.id !== id);
    }
    const others = list.filter((each) => each.id !== id);
    const silent = others.filter((each) => each.second <= second - delay);
    released.push(...silent.map((each) => each.id));
    list = [...others.filter((each) => each.second > second - delay), { id, second, facts }]
      .toSorted((a, b) => a.second - b.second)
      .slice(-most);
  }
  return { list, released };
}

test('of a card’s transactions each waits until it is reported or its time is up, the last ones at most, in whatever order they come', () => {
  fc.assert(
    fc.property(transactions, (all) => {
      let waiting = deepFrozen(noneWaiting);
      const released: number[] = [];
      for (const { id, second, reportsFirst } of all) {
        if (reportsFirst) {
          const told = reported(waiting, id);
          released.push(...told.released.map((each) => each.id));
          waiting = deepFrozen(told.waiting);
        }
        const after = waitingAfter(waiting, { id, second, facts }, second - delay, most);
        released.push(...after.released.map((each) => each.id));
        waiting = deepFrozen(after.waiting);
      }
      const expected = byList(all);
      expect(released).toEqual(expected.released);
      expect(waiting[0]).toEqual(expected.list.map(({ id }) => id));
      expect(waiting[1]).toEqual(expected.list.map(({ second }) => second));
      expect(waiting[2]).toHaveLength(waiting[0].length);
    }),
  );
});

test('a report of what does not wait, or has been reported, finds nothing', () => {
  const { waiting } = waitingAfter(noneWaiting, { id: 7, second: 1, facts }, 0, most);
  const once = reported(waiting, 7);
  expect(once.released).toEqual([{ id: 7, second: 1, facts }]);
  expect(reported(once.waiting, 7)).toEqual({ waiting: once.waiting, released: [] });
  expect(reported(waiting, 8)).toEqual({ waiting, released: [] });
});
