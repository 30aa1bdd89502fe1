import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costs, createDailyPurse, createPurse, free, together, type Reservation } from '../../src/providers/budget.ts';
import type { Cost } from '../../src/core/agent.ts';
import { aClock } from './support/scripted.ts';

const cost = fc.record({
  money: fc.double({ min: 0, max: 1, noNaN: true }),
  tokens: fc.nat(1_000),
  calls: fc.nat(3),
  agentSeconds: fc.nat(10),
});

test('what is spent and reserved never passes the limit, whatever is reserved, settled, released, in any order', async () => {
  const step = fc.record({
    worst: cost,
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    ends: fc.boolean(),
    at: fc.nat(),
  });
  const limit = { money: 3, tokens: 3_000, calls: 8, agentSeconds: 30 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const purse = createPurse(limit);
      const open: { reservation: Reservation; worst: Cost }[] = [];
      let spent = free;
      for (const { worst, part, ends, at } of steps) {
        const reserved = await purse.reserve(worst);
        if (reserved.kind === 'reserved') open.push({ reservation: reserved.reservation, worst });
        for (const each of costs) {
          const all = open.reduce((sum, { worst }) => sum + worst[each], spent[each]);
          expect(all).toBeLessThanOrEqual(limit[each] + 1e-9);
        }
        const [ended] = open.length === 0 ? [] : open.splice(at % open.length, 1);
        if (ended === undefined) continue;
        const actual = ends ? scaled(ended.worst, part) : free;
        await (ends ? ended.reservation.settle(actual) : ended.reservation.release());
        // Ended twice is ended once.
        await ended.reservation.settle(ended.worst);
        spent = added(spent, actual);
      }
    }),
  );
});

test('several purses reserve together or not at all', async () => {
  const [wide, tight] = [createPurse(of(10)), createPurse(of(1))];
  const both = together([wide, tight]);
  expect(await both.reserve(of(5))).toEqual({ kind: 'refused', why: 'money is used up' });
  expect(await wide.reserve(of(10))).toMatchObject({ kind: 'reserved' });
});

test('a daily purse is full again the next day, UTC', async () => {
  const clock = aClock();
  const purse = createDailyPurse(of(1), clock);
  expect(await purse.reserve(of(1))).toMatchObject({ kind: 'reserved' });
  expect(await purse.reserve(of(1))).toMatchObject({ kind: 'refused' });
  clock.move(24 * 3_600_000);
  expect(await purse.reserve(of(1))).toMatchObject({ kind: 'reserved' });
});

function of(each: number): Cost {
  return { money: each, tokens: each, calls: each, agentSeconds: each };
}

function scaled({ money, tokens, calls, agentSeconds }: Cost, by: number): Cost {
  return { money: money * by, tokens: tokens * by, calls: calls * by, agentSeconds: agentSeconds * by };
}

function added(a: Cost, b: Cost): Cost {
  return {
    money: a.money + b.money,
    tokens: a.tokens + b.tokens,
    calls: a.calls + b.calls,
    agentSeconds: a.agentSeconds + b.agentSeconds,
  };
}
