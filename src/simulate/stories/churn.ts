import { durationMs } from '../../core/duration.ts';
import { call } from '../ordinary/calls.ts';
import { usualAmount } from '../ordinary/money.ts';
import { usageOf } from '../ordinary/telemetry.ts';
import { usageNotice } from '../payloads/cloudevents.ts';
import { moneyNotice, newInvoice } from '../payloads/stripe.ts';
import { tell } from '../scenario.ts';
import { souringCalls } from '../texts/calls.ts';
import { souringThreads } from '../texts/conversations.ts';
import type { Story } from './cast.ts';
import { threadFrom } from './told.ts';

const callDays = ['1d', '9d', '19d'] as const;
const threadDays = ['2d', '10d', '13d', '17d', '20d'] as const;

/** A churn in the making. */
export const churn: Story = {
  name: 'churn',
  about:
    'A customer sours over weeks: a bad call, urgent conversations nobody answers, an unpaid invoice, they cancel.',
  days: 24,
  place: 0.6,
  tell: (start, cast, world) => {
    const { random } = world;
    const account = cast.account();
    const words = { competitor: cast.competitor().name, feature: random.pick(world.features) };
    const amount = usualAmount(account, random);

    return tell('churn', start, ({ at, every, between, time }) => {
      every('12h', '0d', '24d').send((now) => usageNotice(now, account, usageOf(account, useAt(now), random), random));
      souringCalls.forEach((text, index) => {
        at(callDays[index] ?? '19d').send((now) => call(now, world, account, text, { words }));
      });
      souringThreads.forEach((thread, index) => {
        at(threadDays[index] ?? '20d').send((now) => threadFrom(now, world, account, thread, words));
      });

      const failed = {
        kind: 'invoice.payment_failed',
        amount,
        invoice: newInvoice(time('16d'), account, random),
      } as const;
      const attempts = [
        { attempt: 1, nextAttemptAt: time('21d') },
        { attempt: 2, nextAttemptAt: time('26d') },
      ] as const;
      const cancelled = {
        status: 'active',
        cancelAtPeriodEnd: true,
        comment: `We are moving to ${words.competitor}.`,
        previous: { cancel_at_period_end: false },
      } as const;
      at('1d').send((now) => moneyNotice(now, account, { kind: 'charge.succeeded', amount }, random));
      attempts.forEach((attempt, index) => {
        at(index === 0 ? '16d' : '21d').send((now) => moneyNotice(now, account, { ...failed, ...attempt }, random));
      });
      at('22d').send((now) =>
        moneyNotice(now, account, { kind: 'customer.subscription.updated', ...cancelled }, random),
      );

      const expected = { kind: 'customer_health', entity: account.entity } as const;
      between('9d', '25d').because({ ...expected, says: /likely to leave/ });
      between('9d', '24d').expect({ ...expected, minSeverity: 'critical', rule: 'health-low' });
      between('19d', '24d').expect({ ...expected, minSeverity: 'warning', rule: 'talk-of-leaving' });
      between('9d', '24d').also(
        { ...expected, rule: 'unhappy-call' },
        { ...expected, rule: 'unhappy-customer' },
        { ...expected, rule: 'bad-rating' },
      );
      between('13d', '24d').also({ ...expected, rule: 'urgent-conversation' });
      between('14d', '24d').also({ ...expected, rule: 'unanswered-conversation' });
      const { entity } = account;
      between('16d', '24d').also({ kind: 'financial', entity, rule: 'payment-failures' });
      between('19d', '20d').also({ kind: 'market_intelligence', entity, rule: 'competitor-in-call' });
      between('22d', '24d').also({ kind: 'financial', entity, rule: 'subscription-ending' });
    });

    /** Steady for eight days, then less and less, down to a quarter. */
    function useAt(now: number): number {
      return Math.min(1, Math.max(0.25, 1 - ((now - start) / durationMs('1d') - 8) / 16));
    }
  },
};
