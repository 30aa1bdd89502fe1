import { expect } from 'vitest';
import type { Agent } from '../../../src/orchestration/agent.ts';
import type { Lab } from '../support/lab.ts';
import { transitionsOf } from './alerting.ts';
import { happened, hourMs, now, rfc } from './telemetry.ts';

/** Each skill says of one moment, of an organisation it found something in, the same after more has happened there. */
export async function expectSameLater(lab: Lab, agent: Agent, orgs: Readonly<Record<string, string>>): Promise<void> {
  expect(Object.keys(orgs).toSorted()).toEqual(agent.card.skills.map(({ id }) => id).toSorted());
  for (const [skill, org] of Object.entries(orgs)) {
    const asked = { agent, org, skill, asOf: rfc(now) };
    const before = await lab.run(asked);
    expect(before.insights, skill).not.toEqual([]);
    await lab.store(laterIn(org));
    expect(await lab.run(asked), skill).toEqual(before);
  }
}

/** Of much that agents look at something an hour later. */
function laterIn(org: string) {
  const at = now + hourMs;
  const services = ['service:cart', 'service:db', 'service:api'];
  return {
    events: [
      ...services.map((entity) =>
        happened(org, entity, 'metrics.sample', at, { name: 'latency', value: 9_999, limit: 100 }),
      ),
      ...services.map((entity) => happened(org, entity, 'deployment.finished', at, { version: 'v99' })),
      happened(org, 'account:a', 'order.received', at, {}, { subject: 'order-1' }),
      happened(org, 'org:self', 'runbook.published', at, { title: 'Disk nearly full', text: 'all new' }),
      happened(org, 'account:1', 'weir.outcome.deal', at, { deal: '1', outcome: 'won' }),
      happened(
        org,
        'account:large',
        'stripe.invoice.paid',
        at,
        { data: { object: { amount_paid: 5_000_000, currency: 'eur' } } },
        { stream: 'finance' },
      ),
    ],
    others: {
      alert_transitions: ['outage', 'errors', 'database-slow', 'payment-failures', 'news'].flatMap((rule) =>
        transitionsOf(org, {
          rule,
          entity: 'service:cart',
          at,
          severity: 'critical',
          taken: { hours: 0.1, by: 'zoe' },
          ended: { hours: 1, by: 'zoe', why: 'Something else' },
        }),
      ),
    },
  };
}
