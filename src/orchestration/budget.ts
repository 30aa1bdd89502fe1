import type { Cost } from '../core/agent.ts';
import { amountsAbove, costOf, costNames, minus, noAmounts, plus, unitsOf, type Amounts } from './amounts.ts';

/**
 * What an organisation may spend on agents a day, as a whole and by rule: a ledger of its own, where each fact is appended with
 * the expected last sequence. What a step may cost at worst is reserved before it starts, and settled when it is over; so what
 * is spent stays within the limit however many start at once.
 */
export interface Ledger {
  /** By `<day>` and `<day>/<rule>`. */
  readonly accounts: Readonly<Record<string, Account>>;
  /** By the key they were made under: what is under way. */
  readonly reservations: Readonly<Record<string, Reservation>>;
}

export interface Account {
  readonly limit: Amounts;
  readonly spent: Amounts;
  /** Sum of its open reservations. */
  readonly reserved: Amounts;
  /** The greatest share that was told: 0, or one of `toldShares`. */
  readonly told: number;
}

export interface Reservation {
  readonly accounts: readonly string[];
  readonly amounts: Amounts;
}

export type BudgetFact =
  | {
      readonly fact: 'reserved';
      /** `<run>/<step>#<attempt>`: of its own for each attempt and fallback. */
      readonly key: string;
      readonly amounts: Amounts;
      /** The accounts it counts in, with the limit each had: a change of limits holds from the next fact on. */
      readonly accounts: Readonly<Record<string, Amounts>>;
      /** The reservation it takes the place of. */
      readonly insteadOf: string | null;
    }
  | { readonly fact: 'settled'; readonly key: string; readonly amounts: Amounts }
  | { readonly fact: 'released'; readonly key: string };

export interface Limits {
  readonly org: Cost;
  /** A rule without one is bound by the organisation's alone. */
  readonly rules: Readonly<Record<string, Cost>>;
}

export interface ReservationRequest {
  readonly key: string;
  readonly rule: string;
  /** RFC 3339 UTC; its day is whose account it counts in. */
  readonly at: string;
  /** The worst case. */
  readonly cost: Cost;
  /** On a fallback: what was reserved for the one before it, and is given back in the same step. */
  readonly insteadOf?: string;
}

export type BudgetDecision =
  | { readonly kind: 'append'; readonly fact: BudgetFact }
  /** Reserved under this key before: a repetition. */
  | { readonly kind: 'already-so' }
  /** `of` is what would be exceeded in `account`, and `left` what is left of it. */
  | {
      readonly kind: 'refused';
      readonly reason: 'exhausted';
      readonly account: string;
      readonly of: keyof Cost;
      readonly needed: number;
      readonly left: number;
    }
  | { readonly kind: 'refused'; readonly reason: 'too-many-reservations' }
  /** Nothing is reserved under the key: settled or released before, or never made. */
  | { readonly kind: 'unknown-key' };

export const noLedger: Ledger = { accounts: {}, reservations: {} };
export const reservationsMax = 10_000;
/** Of a limit; each is told once a day and account. */
export const toldShares = [0.5, 0.8, 1] as const;

/** Whether a step may start: its worst case fits into what is left of each account. */
export function reserve(ledger: Ledger, limits: Limits, request: ReservationRequest): BudgetDecision {
  const { key, cost, insteadOf } = request;
  if (Object.hasOwn(ledger.reservations, key)) return { kind: 'already-so' };
  if (Object.keys(ledger.reservations).length >= reservationsMax) {
    return { kind: 'refused', reason: 'too-many-reservations' };
  }
  const amounts = unitsOf(cost);
  const freed = insteadOf === undefined ? ledger : after(ledger, { fact: 'released', key: insteadOf });
  const accounts = accountsOf(limits, request);
  for (const [account, limit] of Object.entries(accounts)) {
    const left = leftIn({ ...(freed.accounts[account] ?? emptyAccount), limit });
    const of = amountsAbove(amounts, left);
    if (of) {
      const [needed, available] = [costOf(amounts)[of], costOf(left)[of]];
      return { kind: 'refused', reason: 'exhausted', account, of, needed, left: available };
    }
  }
  return { kind: 'append', fact: { fact: 'reserved', key, amounts, accounts, insteadOf: insteadOf ?? null } };
}

/** A step is over: what it cost. Null where that is not known: then the worst is assumed. */
export function settle(ledger: Ledger, key: string, cost: Cost | null): BudgetDecision {
  const reservation = reservationIn(ledger, key);
  if (!reservation) return { kind: 'unknown-key' };
  const amounts = cost === null ? reservation.amounts : unitsOf(cost);
  return { kind: 'append', fact: { fact: 'settled', key, amounts } };
}

/** A step did not start after all. */
export function release(ledger: Ledger, key: string): BudgetDecision {
  if (!reservationIn(ledger, key)) return { kind: 'unknown-key' };
  return { kind: 'append', fact: { fact: 'released', key } };
}

/** The ledger after a fact. One that was there before, or of a key that is not open, changes nothing. */
export function after(ledger: Ledger, fact: BudgetFact): Ledger {
  if (fact.fact === 'reserved') return afterReserved(ledger, fact);
  const reservation = reservationIn(ledger, fact.key);
  if (!reservation) return ledger;
  const spent = fact.fact === 'settled' ? fact.amounts : noAmounts;
  const { [fact.key]: _, ...reservations } = ledger.reservations;
  return {
    accounts: changed(ledger.accounts, reservation.accounts, (account) => ({
      ...account,
      reserved: minus(account.reserved, reservation.amounts),
      spent: plus(account.spent, spent),
    })),
    reservations,
  };
}

function afterReserved(before: Ledger, fact: Extract<BudgetFact, { fact: 'reserved' }>): Ledger {
  if (reservationIn(before, fact.key)) return before;
  const ledger = fact.insteadOf === null ? before : after(before, { fact: 'released', key: fact.insteadOf });
  const accounts = Object.keys(fact.accounts);
  const kept = withoutPast(ledger, accounts);
  const limited = Object.fromEntries(
    Object.entries(fact.accounts).map(([name, limit]) => [name, { ...(kept[name] ?? emptyAccount), limit }]),
  );
  return {
    accounts: changed({ ...kept, ...limited }, accounts, (account) => ({
      ...account,
      reserved: plus(account.reserved, fact.amounts),
    })),
    reservations: { ...ledger.reservations, [fact.key]: { accounts, amounts: fact.amounts } },
  };
}

/** What a fact makes worth telling: an account that came to 50, 80 or 100 % of its limit, spent or reserved. */
export function toldBy(before: Ledger, now: Ledger): readonly { readonly account: string; readonly share: number }[] {
  return Object.entries(now.accounts).flatMap(([account, { told }]) =>
    told > (before.accounts[account]?.told ?? 0) ? [{ account, share: told }] : [],
  );
}

/** What may still be reserved: never below 0, though a step that cost more than its worst case may have overdrawn it. */
export const leftIn = ({ limit, spent, reserved }: Account): Amounts => minus(limit, plus(spent, reserved));

const emptyAccount: Account = { limit: noAmounts, spent: noAmounts, reserved: noAmounts, told: 0 };

const reservationIn = (ledger: Ledger, key: string): Reservation | undefined =>
  Object.hasOwn(ledger.reservations, key) ? ledger.reservations[key] : undefined;

function accountsOf({ org, rules }: Limits, { rule, at }: ReservationRequest): Readonly<Record<string, Amounts>> {
  const day = at.slice(0, 10);
  const limit = Object.hasOwn(rules, rule) ? rules[rule] : undefined;
  return { [day]: unitsOf(org), ...(limit && { [`${day}/${rule}`]: unitsOf(limit) }) };
}

function changed(
  accounts: Ledger['accounts'],
  names: readonly string[],
  change: (account: Account) => Account,
): Ledger['accounts'] {
  const next = names.map((name) => [name, toldIn(change(accounts[name] ?? emptyAccount))] as const);
  return { ...accounts, ...Object.fromEntries(next) };
}

function toldIn(account: Account): Account {
  const committed = plus(account.spent, account.reserved);
  const share = Math.max(
    ...costNames.map((name) => (committed[name] === 0 ? 0 : committed[name] / account.limit[name])),
  );
  return { ...account, told: Math.max(account.told, ...toldShares.filter((each) => share >= each)) };
}

/** Days before the one of these accounts on which nothing is under way. */
function withoutPast(ledger: Ledger, accounts: readonly string[]): Ledger['accounts'] {
  const day = accounts[0]?.slice(0, 10) ?? '';
  const open = new Set(Object.values(ledger.reservations).flatMap((each) => each.accounts));
  return Object.fromEntries(
    Object.entries(ledger.accounts).filter(([name]) => name.slice(0, 10) >= day || open.has(name)),
  );
}
