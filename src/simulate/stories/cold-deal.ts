import { call } from '../ordinary/calls.ts';
import { creation } from '../ordinary/crm.ts';
import { usualAmount } from '../ordinary/money.ts';
import { crmNotice } from '../payloads/hubspot.ts';
import { moneyNotice } from '../payloads/stripe.ts';
import { tell } from '../scenario.ts';
import { coolingCalls } from '../texts/calls.ts';
import { ordinaryThreads } from '../texts/conversations.ts';
import type { Story } from './cast.ts';
import { threadFrom } from './told.ts';

const callDays = ['2d', '5d', '8d'] as const;

/** A deal going cold: doubts in the calls, the close date pushed, then silence, while the account itself lives on. */
export const coldDeal: Story = {
  name: 'cold-deal',
  about: 'A deal goes cold: hesitant calls, the close date pushed twice, then two weeks of silence.',
  days: 25,
  place: 0.4,
  tell: (start, cast, world) => {
    const { random } = world;
    const account = cast.account();
    const [candidate] = account.deals;
    if (!candidate) throw new RangeError('every account has deals');
    // Large beside the ordinary ones, so that it is worth somebody's attention.
    const deal = { ...candidate, amount: Math.max(48_000, candidate.amount * 2) };

    return tell('cold-deal', start, ({ at, every, between, time }) => {
      const pushedTo = (value: string) => ({
        kind: 'deal.propertyChange' as const,
        deal,
        property: 'closedate',
        value,
      });
      const stage = (value: string) => ({ kind: 'deal.propertyChange' as const, deal, property: 'dealstage', value });
      const dates = [time('14d'), time('20d'), time('24d')];
      const created = creation({ account, deal, closeAt: time('14d') });
      at('0d').send((now) => crmNotice(now, account, created, random));
      at('1d').send((now) => crmNotice(now, account, [stage('presentationscheduled')], random));
      coolingCalls.forEach((text, index) => {
        const closeDate = new Date(dates[index] ?? time('24d')).toISOString().slice(0, 10);
        const spoken = { deal: { deal, stage: 'presentationscheduled', closeDate } };
        at(callDays[index] ?? '8d').send((now) => call(now, world, account, text, spoken));
      });
      at('6d').send((now) => crmNotice(now, account, [pushedTo(String(time('20d')))], random));
      at('9d').send((now) => crmNotice(now, account, [pushedTo(String(time('24d')))], random));
      // Nothing of the deal from here on; the account's clock goes on with what else it does.
      every('2d', '10d', '25d').send((now) => threadFrom(now, world, account, random.pick(ordinaryThreads)));
      at('24d').send((now) =>
        moneyNotice(now, account, { kind: 'charge.succeeded', amount: usualAmount(account, random) }, random),
      );

      const expected = { kind: 'sales_pipeline', entity: account.entity, minSeverity: 'warning' } as const;
      between('9d', '25d').because({
        kind: 'sales_pipeline',
        entity: account.entity,
        says: new RegExp(`Deal ${deal.id} .*(?:nothing for \\d+ days|put off)`),
      });
      between('5d', '25d').expect({ ...expected, rule: 'deal-at-risk' });
      between('22d', '25d').expect({ ...expected, rule: 'deal-cold' });
      between('6d', '10d').also({ ...expected, rule: 'close-date-pushed' });
      between('5d', '9d').also({ kind: 'customer_health', entity: account.entity, rule: 'unhappy-call' });
    });
  },
};
