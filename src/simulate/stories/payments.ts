import { usualAmount } from '../ordinary/money.ts';
import { moneyNotice, newInvoice } from '../payloads/stripe.ts';
import { tell } from '../scenario.ts';
import type { Story } from './cast.ts';

/** A run of failed payments: one invoice, four attempts, then none. */
export const paymentFailures: Story = {
  name: 'payment-failures',
  about: 'An invoice fails again and again until the last attempt.',
  days: 12,
  place: 0.5,
  tell: (start, cast, world) => {
    const { random } = world;
    const account = cast.account();
    const amount = usualAmount(account, random) * 4;

    return tell('payment-failures', start, ({ at, every, between, time }) => {
      every('1d', '0d', '5d').send((now) =>
        moneyNotice(now, account, { kind: 'charge.succeeded', amount: usualAmount(account, random) }, random),
      );
      const invoice = newInvoice(time('5d'), account, random);
      const attempts = ['5d', '6d', '8d', '11d'] as const;
      attempts.forEach((day, index) => {
        const next = attempts[index + 1];
        const failed = { attempt: index + 1, nextAttemptAt: next === undefined ? null : time(next), invoice };
        at(day).send(
          (now) => moneyNotice(now, account, { kind: 'charge.failed', amount, invoice }, random),
          (now) => moneyNotice(now, account, { kind: 'invoice.payment_failed', amount, ...failed }, random),
        );
      });
      between('5d', '12d').because({ kind: 'financial', entity: account.entity, says: /Payments of .* fail: / });
      between('5d', '12d').expect({
        kind: 'financial',
        entity: account.entity,
        minSeverity: 'critical',
        rule: 'payment-failures',
      });
      between('8d', '12d').also({ kind: 'customer_health', entity: account.entity, rule: 'health-low' });
    });
  },
};

/** One payment far above what the account ever paid. */
export const largePayment: Story = {
  name: 'large-payment',
  about: 'A customer pays twenty times the usual amount at once.',
  days: 16,
  place: 0.9,
  tell: (start, cast, world) => {
    const { random } = world;
    const account = cast.account();
    const usual = () => usualAmount(account, random);

    return tell('large-payment', start, ({ at, every, between }) => {
      every('12h', '0d', '15d').send((now) =>
        moneyNotice(now, account, { kind: 'charge.succeeded', amount: usual() }, random),
      );
      const amount = usual() * 20;
      at('15d').send((now) => moneyNotice(now, account, { kind: 'charge.succeeded', amount }, random));
      between('15d', '16d').because({ kind: 'financial', entity: account.entity, says: /larger than usual/ });
      between('15d', '16d').expect({
        kind: 'financial',
        entity: account.entity,
        minSeverity: 'warning',
        rule: 'large-payment',
      });
    });
  },
};

/** A customer disputes a payment. */
export const dispute: Story = {
  name: 'dispute',
  about: 'A customer disputes a payment with the bank.',
  days: 8,
  place: 0.2,
  tell: (start, cast, world) => {
    const { random } = world;
    const account = cast.account();

    return tell('dispute', start, ({ at, every, between }) => {
      every('1d', '0d', '6d').send((now) =>
        moneyNotice(now, account, { kind: 'charge.succeeded', amount: usualAmount(account, random) }, random),
      );
      const amount = usualAmount(account, random) * 2;
      at('6d').send((now) =>
        moneyNotice(now, account, { kind: 'charge.dispute.created', amount, reason: 'fraudulent' }, random),
      );
      between('6d', '8d').because({ kind: 'financial', entity: account.entity, says: /disputes a payment/ });
      between('6d', '8d').expect({
        kind: 'financial',
        entity: account.entity,
        minSeverity: 'warning',
        rule: 'dispute',
      });
      between('6d', '8d').also({ kind: 'customer_health', entity: account.entity, rule: 'health-low' });
    });
  },
};
