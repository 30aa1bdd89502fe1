import type { Metric, Service } from '../company.ts';
import { sampleOf } from '../ordinary/telemetry.ts';
import type { World } from '../ordinary/happening.ts';
import { serviceNotice } from '../payloads/cloudevents.ts';
import type { Notice } from '../notice.ts';
import { tell } from '../scenario.ts';
import { outageAnswer, outageEnd, outageOpenings } from '../texts/conversations.ts';
import type { Story } from './cast.ts';
import { threadFrom } from './told.ts';

/** How a metric stands during the outage, as a multiple of the ordinary. */
const duringOutage: Readonly<Record<string, number>> = { latency_p95: 9, error_rate: 40, requests_per_second: 0.35 };

/** An outage of one service: metrics far from their baseline for an hour, and customers who write about it. */
export const outage: Story = {
  name: 'outage',
  about: 'A service is out for an hour: latency and errors far above the baseline, customers write in.',
  days: 8,
  place: 0.75,
  tell: (start, cast, world) => {
    const service = cast.service('checkout');
    const writers = outageOpenings.map(() => cast.bystander());

    return tell('outage', start, ({ at, every, between }) => {
      every('2h', '0d', '7d').send((now) => samples(now, service, world, 1));
      every('5m', '168h', '169h').send((now) => samples(now, service, world, 'out'));
      every('30m', '169h', '180h').send((now) => samples(now, service, world, 1));
      outageOpenings.forEach((opening, index) => {
        const account = writers[index];
        if (!account) return;
        const thread = { opening, turns: [outageAnswer, 'Thank you, please keep us posted.', outageEnd] };
        at(`${168 * 60 + 8 + index * 6}m`).send((now) => threadFrom(now, world, account, thread));
        between('168h', '170h').also(
          { kind: 'customer_health', entity: account.entity, rule: 'urgent-conversation' },
          { kind: 'customer_health', entity: account.entity, rule: 'unhappy-customer' },
        );
      });
      between('168h', '170h').because({
        kind: 'system_performance',
        entity: service.entity,
        says: new RegExp(
          `(?:${Object.keys(duringOutage).join('|')}).* not as usual|not as usual: .*(?:${Object.keys(duringOutage).join('|')})`,
        ),
      });
      between('168h', '170h').expect({
        kind: 'system_performance',
        entity: service.entity,
        minSeverity: 'critical',
        rule: 'service-unusual',
      });
    });
  },
};

function samples(now: number, service: Service, { random }: World, state: 1 | 'out'): Notice {
  const factor = ({ name }: Metric) => (state === 'out' ? (duringOutage[name] ?? 1) : 1);
  return serviceNotice(
    now,
    service,
    service.metrics.map((metric) => sampleOf(metric, now, random, factor(metric))),
    random,
  );
}
