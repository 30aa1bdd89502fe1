import type { Account } from '../company.ts';
import { moneyNotice, newInvoice, payoutNotice } from '../payloads/stripe.ts';
import type { Random } from '../random.ts';
import type { Happening, World } from './happening.ts';

const hour = 3_600_000;
const paymentsPerMonth = 4;
const fewerSeatsShare = 0.25;
const declinedShare = 0.03;

/** Customers pay what they usually pay; now and then a card is declined, and the next attempt works. */
export function money(world: World): (at: number) => Happening {
  const { random, accounts, company } = world;
  const total = company.accounts.reduce((sum, { mrr }) => sum + mrr, 0);
  return (at) => {
    const account = random.pick(accounts);
    const amount = usualAmount(account, random);
    if (random.chance(declinedShare)) return declined(at, account, amount, random);
    return random.weighted<() => Happening>([
      [5, () => ({ notice: moneyNotice(at, account, { kind: 'charge.succeeded', amount }, random) })],
      [3, () => paid(at, account, amount, random)],
      [
        1,
        () => ({ notice: payoutNotice(at, Math.round((total / 12) * (0.9 + random.next() / 5)), company.org, random) }),
      ],
      [1, () => seatsChanged(at, account, random)],
    ])();
  };
}

/** What one payment of an account is like, in cents: the same within some percent. */
export function usualAmount(account: Account, random: Random): number {
  const factor = Math.min(1.2, Math.max(0.8, random.normal(1, 0.07)));
  return Math.round((account.mrr / paymentsPerMonth) * factor);
}

function paid(at: number, account: Account, amount: number, random: Random): Happening {
  const invoice = newInvoice(at, account, random);
  return { notice: moneyNotice(at, account, { kind: 'invoice.paid', amount, invoice }, random) };
}

function declined(at: number, account: Account, amount: number, random: Random): Happening {
  const invoice = newInvoice(at, account, random);
  const nextAttemptAt = at + 20 * hour;
  return {
    notice: moneyNotice(
      at,
      account,
      { kind: 'invoice.payment_failed', amount, invoice, attempt: 1, nextAttemptAt },
      random,
    ),
    sequel: {
      afterMs: 20 * hour,
      happen: (later) => ({ notice: moneyNotice(later, account, { kind: 'invoice.paid', amount, invoice }, random) }),
    },
  };
}

/** One seat more, or now and then one fewer. */
function seatsChanged(at: number, account: Account, random: Random): Happening {
  const previous = { quantity: account.seats + (random.chance(fewerSeatsShare) ? 1 : -1) };
  return {
    notice: moneyNotice(
      at,
      account,
      {
        kind: 'customer.subscription.updated',
        status: 'active',
        cancelAtPeriodEnd: false,
        comment: null,
        previous,
      },
      random,
    ),
  };
}
