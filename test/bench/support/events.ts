import { createIntake } from '../../../src/intake/receive.ts';
import { defaultIntakeLimits } from '../../../src/intake/limits.ts';
import type { Log, NewMessage } from '../../../src/log/log.ts';
import { orgsOf, sources } from '../../../src/parts.ts';
import type { Simulation } from '../../../src/simulate/generate.ts';
import { companies, configFor, publicUrl, requestsOf } from './company.ts';
import { silent } from './silent.ts';

/** So many events of companies that nothing happens to, as they stand on the log. The same count gives the same events. */
export const eventsOnTheLog = (count: number): Promise<readonly NewMessage[]> => throughTheDoor(companies(count));

/** What companies' providers send as the door puts it on the log: verified, mapped, in the order it came, the same each time. */
export async function throughTheDoor(simulations: readonly Simulation[]): Promise<readonly NewMessage[]> {
  const config = configFor(simulations);
  const messages: NewMessage[] = [];
  let now = 0;
  const clock = { now: () => now };
  const intake = createIntake({
    log: {
      append: async (message) => ({ kind: 'appended', sequence: messages.push(message) }),
    },
    seen: { has: () => false, ready: () => true },
    clock,
    sources,
    orgs: orgsOf(config),
    partitions: config.partitions,
    limits: defaultIntakeLimits,
    happened: silent().intake,
  });

  for (const request of requestsOf(simulations)) {
    now = request.at;
    const { method, path, headers, body } = request.build(now);
    const received = { method, url: publicUrl + path, headers, body: Buffer.from(body), receivedAt: now };
    await (request.source === 'events'
      ? intake.receiveEvents(request.org, { ...received, judges: false })
      : intake.receiveWebhook(request.org, request.source, received));
  }
  return messages;
}

/** Appends them, many at once, as many callers would. */
export async function fill(log: Log, messages: readonly NewMessage[]): Promise<void> {
  for (let start = 0; start < messages.length; start += appendsAtOnce) {
    await Promise.all(messages.slice(start, start + appendsAtOnce).map((message) => log.append(message)));
  }
}

const appendsAtOnce = 1_000;
