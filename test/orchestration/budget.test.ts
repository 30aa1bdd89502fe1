import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cost } from '../../src/core/agent.ts';
import { costNames, costOf, unitsOf } from '../../src/orchestration/amounts.ts';
import {
  after,
  leftIn,
  noLedger,
  release,
  reserve,
  settle,
  toldBy,
  type BudgetDecision,
  type BudgetFact,
  type Ledger,
  type Limits,
} from '../../src/orchestration/budget.ts';
import { free, plenty } from './a-card.ts';

const dollars = (money: number): Cost => ({ ...free, money });
const limits: Limits = { org: { ...plenty, money: 10 }, rules: { churn: { ...plenty, money: 4 } } };
const request = (key: string, money: number, over: { rule?: string; at?: string; insteadOf?: string } = {}) => ({
  key,
  rule: 'other',
  at: '2026-11-26T10:00:00Z',
  cost: dollars(money),
  ...over,
});
const factOf = (decision: BudgetDecision): BudgetFact => {
  if (decision.kind !== 'append') throw new Error(`nothing to append: ${JSON.stringify(decision)}`);
  return decision.fact;
};
const with_ = (ledger: Ledger, ...requests: readonly Parameters<typeof reserve>[2][]): Ledger =>
  requests.reduce((ledger, each) => after(ledger, factOf(reserve(ledger, limits, each))), ledger);
const moneyLeft = (ledger: Ledger, account = '2026-11-26') => {
  const found = ledger.accounts[account];
  return found && costOf(leftIn(found)).money;
};

describe('a budget', () => {
  it('lets start what fits at worst, and takes what it really cost', () => {
    const reserved = with_(noLedger, request('a', 6));
    expect(moneyLeft(reserved)).toBe(4);
    expect(reserve(reserved, limits, request('b', 5))).toEqual({
      kind: 'refused',
      reason: 'exhausted',
      account: '2026-11-26',
      of: 'money',
      needed: 5,
      left: 4,
    });
    const settled = after(reserved, factOf(settle(reserved, 'a', dollars(1.5))));
    expect(moneyLeft(settled)).toBe(8.5);
    expect(reserve(settled, limits, request('b', 5)).kind).toBe('append');
  });

  it('gives back what was not used, and assumes the worst of what is not known', () => {
    const reserved = with_(noLedger, request('a', 6), request('b', 2));
    expect(moneyLeft(after(reserved, factOf(release(reserved, 'a'))))).toBe(8);
    expect(moneyLeft(after(reserved, factOf(settle(reserved, 'a', null))))).toBe(2);
  });

  it('is checked anew on a fallback, which takes the place of what was reserved before it', () => {
    const reserved = with_(noLedger, request('a#1', 6), request('b', 2));
    expect(reserve(reserved, limits, request('a#2', 9, { insteadOf: 'a#1' }))).toMatchObject({
      kind: 'refused',
      left: 8,
    });
    expect(moneyLeft(with_(reserved, request('a#2', 7, { insteadOf: 'a#1' })))).toBe(1);
  });

  it('has a part of its own for a rule, and is new each day', () => {
    const reserved = with_(noLedger, request('a', 3, { rule: 'churn' }));
    expect(reserve(reserved, limits, request('b', 2, { rule: 'churn' }))).toMatchObject({
      kind: 'refused',
      account: '2026-11-26/churn',
      left: 1,
    });
    expect(reserve(reserved, limits, request('b', 2)).kind).toBe('append');
    const tomorrow = request('b', 4, { rule: 'churn', at: '2026-11-27T00:00:00Z' });
    const both = with_(reserved, tomorrow);
    expect(moneyLeft(both, '2026-11-27')).toBe(6);
    const settled = after(both, factOf(settle(both, 'a', dollars(3))));
    const later = with_(settled, { ...tomorrow, key: 'c', rule: 'other' });
    expect(Object.keys(later.accounts)).toEqual(['2026-11-27', '2026-11-27/churn']);
  });

  it('is told of at 50, 80 and 100 %, once each', () => {
    let ledger = noLedger;
    const told = [4, 1, 2.5, 0.4, 0.1, 2].flatMap((money, index) => {
      const before = ledger;
      ledger = with_(ledger, request(String(index), money));
      return toldBy(before, ledger).map(({ share }) => share);
    });
    expect(told).toEqual([0.5, 0.8, 1]);
    const freed = after(ledger, factOf(release(ledger, '0')));
    expect(toldBy(freed, with_(freed, request('again', 4)))).toEqual([]);
  });

  it('takes a repetition for what it is', () => {
    const reserved = with_(noLedger, request('a', 6));
    expect(reserve(reserved, limits, request('a', 6))).toEqual({ kind: 'already-so' });
    const fact = factOf(settle(reserved, 'a', dollars(1)));
    const settled = after(reserved, fact);
    expect(after(settled, fact)).toEqual(settled);
    expect(settle(settled, 'a', dollars(1))).toEqual({ kind: 'unknown-key' });
    expect(release(settled, 'a')).toEqual({ kind: 'unknown-key' });
  });
});

/** Daemons that decide on what they last read, and append with the expected last sequence: who is late reads again. */
const act = fc.record({
  daemon: fc.nat(2),
  /** Reads before it decides; else decides on what it knew. */
  reads: fc.boolean(),
  does: fc.constantFrom('reserve', 'fallback', 'settle', 'release'),
  key: fc.nat(2),
  rule: fc.constantFrom('churn', 'other'),
  day: fc.integer({ min: 25, max: 27 }),
  cost: fc.record({
    money: fc.double({ min: 0, max: 6, noNaN: true }),
    tokens: fc.nat(60),
    calls: fc.nat(6),
    agentSeconds: fc.double({ min: 0, max: 6, noNaN: true }),
  }),
  /** Of what was reserved; above 1 it broke its word. */
  used: fc.double({ min: 0, max: 1, noNaN: true }),
});
const tight: Cost = { money: 10, tokens: 100, calls: 10, agentSeconds: 10 };
const tightly: Limits = { org: tight, rules: { churn: { ...tight, money: 4 } } };

type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

function played(acts: readonly Act[], usedMax = 1): readonly Ledger[] {
  const log: BudgetFact[] = [];
  const known = [0, 0, 0];
  const ledgerAt = (length: number) => log.slice(0, length).reduce(after, noLedger);
  return acts.map(({ daemon, reads, does, key, rule, day, cost, used }) => {
    if (reads) known[daemon] = log.length;
    const seen = known[daemon] ?? 0;
    const ledger = ledgerAt(seen);
    const name = `step${key}`;
    const at = `2026-11-${day}T00:00:00Z`;
    const reservation = ledger.reservations[name];
    const worst = reservation ? costOf(reservation.amounts) : cost;
    const spent = Object.fromEntries(costNames.map((each) => [each, worst[each] * used * usedMax]));
    const decisions: Readonly<Record<Act['does'], () => BudgetDecision>> = {
      reserve: () => reserve(ledger, tightly, { key: name, rule, at, cost }),
      fallback: () => reserve(ledger, tightly, { key: `${name}#2`, rule, at, cost, insteadOf: name }),
      settle: () => settle(ledger, name, { ...free, ...spent }),
      release: () => release(ledger, name),
    };
    const decision = decisions[does]();
    if (decision.kind === 'append') {
      if (seen === log.length) log.push(decision.fact);
      known[daemon] = log.length;
    }
    return ledgerAt(log.length);
  });
}

describe('whatever the order in which daemons reserve, settle, release and fall back', () => {
  it('what is spent and reserved stays within every limit', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        for (const { accounts, reservations } of played(acts)) {
          for (const [account, { limit, spent, reserved }] of Object.entries(accounts)) {
            const open = Object.values(reservations).filter((each) => each.accounts.includes(account));
            for (const of of costNames) {
              expect(spent[of] + reserved[of]).toBeLessThanOrEqual(limit[of]);
              expect(reserved[of]).toBe(open.reduce((sum, { amounts }) => sum + amounts[of], 0));
            }
          }
        }
      }),
    );
  });

  it('what is left is never below nothing, though steps cost more than they said; then nothing more may start', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        for (const ledger of played(acts, 3)) {
          for (const [account, each] of Object.entries(ledger.accounts)) {
            const left = leftIn(each);
            for (const of of costNames) expect(left[of]).toBeGreaterThanOrEqual(0);
            if (left.calls > 0 || account.includes('/')) continue;
            const next = { key: 'next', rule: 'other', at: `${account}T00:00:00Z`, cost: { ...free, calls: 1 } };
            expect(reserve(ledger, tightly, next).kind).toBe('refused');
          }
        }
      }),
    );
  });
});

describe('amounts', () => {
  it('are exact where doubles are not, and rounded up', () => {
    const tenth = unitsOf(dollars(0.1));
    expect(costOf({ ...tenth, money: tenth.money * 3 }).money).toBe(0.3);
    expect(unitsOf(dollars(0.000_000_1)).money).toBe(1);
    expect(unitsOf(dollars(-1))).toEqual(unitsOf(free));
  });
});
