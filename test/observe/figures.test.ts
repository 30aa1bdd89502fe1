import { expect, test } from 'vitest';
import { nothing, type IntakeHappenings, type Tally } from '../../src/intake/happenings.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createFigures } from '../../src/observe/figures.ts';
import type { Law } from '../../src/observe/law.ts';
import type { Account } from '../../src/store/clickhouse/ledger.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { noted } from '../support/runtime.ts';

test('the law holds of all and by source, whatever events and timers the archive had left to do', async () => {
  const log = createMemoryLog({ now: () => 0 });
  const store = async (source: string) =>
    log.append({ stream: 'EVENTS', subject: subjects.event(0, 'acme', source), data: Buffer.from('{}') });
  const timer = () => log.append({ stream: 'EVENTS', subject: subjects.timer(0, 'acme'), data: Buffer.from('{}') });
  const door = createFigures(deaf, noted().happened);

  // Before this process: one event archived, then three and a timer that are not.
  await store('stripe');
  let account = accountAt(1, { stripe: 1 });
  await store('gong');
  await timer();
  await store('stripe');
  await store('stripe');
  let reached = 5;
  const figures = await door.begin({
    log,
    archive: { account: () => account },
    runtime: { stands: async () => ({ reached: { sequence: reached } }) },
  });

  door.intake.eventsReceived('acme', 'stripe', tally({ received: 4, stored: 2, duplicates: 1, ignored: 1 }));
  await store('stripe');
  await store('stripe');
  door.intake.eventsReceived('acme', 'hubspot', tally({ received: 2, stored: 1, dead: 1 }));
  await store('hubspot');
  await expect.poll(async () => (await figures()).sources.size).toBe(2);

  // The archive is done with the backlog and one of ours; the pipelines are with the backlog.
  account = accountAt(6, { stripe: 4, gong: 1 });
  const halfway = await figures();
  expect(halfway.law).toMatchObject({ received: 6, accepted: 5, stored: 1, duplicates: 1, dead: 1, pending: 2 });
  expect(halfway.sources.get('stripe')).toMatchObject({ received: 4, ignored: 1, accepted: 3, stored: 1, pending: 1 });
  expect(halfway.sources.get('hubspot')).toMatchObject({ received: 2, accepted: 2, stored: 0, dead: 1, pending: 1 });

  expect(halfway.unread).toBe(3);

  account = accountAt(8, { stripe: 5, gong: 1, hubspot: 1 });
  reached = 8;
  const { law, sources, unread } = await figures();
  expect(unread).toBe(0);
  expect(law).toMatchObject({ stored: 3, pending: 0 });
  for (const each of [law, ...halfway.sources.values(), ...sources.values()]) expect(surplus(each)).toBe(0);
});

const surplus = ({ accepted, stored, duplicates, dead, pending, lost }: Law) =>
  accepted - stored - duplicates - dead - pending - lost;

const tally = (some: Partial<Tally>): Tally => ({ ...nothing, ...some });

const deaf: IntakeHappenings = {
  eventsReceived: () => undefined,
  requestRefused: () => undefined,
  timeClamped: () => undefined,
  deadLettered: () => undefined,
  seenRebuilt: () => undefined,
  seenSize: () => undefined,
  seenEvicted: () => undefined,
  seenFailed: () => undefined,
  intakeDelayed: () => undefined,
};

function accountAt(sequence: number, stored: Readonly<Record<string, number>>): Account {
  const counts = Object.entries(stored).map(([source, events]) => [`acme/${source}`, { stored: events, dead: 0 }]);
  return {
    position: { created: '', sequence, storedAt: 0 },
    intent: null,
    counts: Object.fromEntries(counts),
    skipped: 0,
    lost: [],
    lostTotal: 0,
  };
}
