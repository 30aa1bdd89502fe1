import type { StreamEvent, TimerRecord } from '../../../src/core/event.ts';
import { idOf } from '../../../src/core/ids.ts';
import type { SettingsRecord } from '../../../src/core/settings.ts';
import type { NewMessage } from '../../../src/log/log.ts';
import { subjects } from '../../../src/log/subjects.ts';
import { simulate } from '../../../src/simulate/generate.ts';
import { throughTheDoor } from '../../bench/support/events.ts';

/** As many as the log is made with where nothing else is configured. */
export const partitions = 8;

const org = 'acme';
const dayMs = 86_400_000;
/** Longer than any deadline a pipeline asks for. */
const quietDays = 60;

/**
 * Four weeks of a company with every story, as they stand on the log, HubSpot's batches out of order as HubSpot sends them.
 * Once a day a timer for everybody, and one long after, so that every deadline passes. The same each time.
 */
export async function aCompanysLife(count: number): Promise<readonly NewMessage[]> {
  const end = Date.UTC(2026, 5, 30);
  const life = simulate({ seed: 'determinism', scenario: 'all', org, count, end, disorder: true });
  const messages: NewMessage[] = [];
  let day = Infinity;
  for (const message of someLater(await throughTheDoor([life]))) {
    const at = Date.parse(eventOf(message).receivedAt);
    const today = Math.floor(at / dayMs);
    if (today > day) messages.push(...timersAt(today * dayMs));
    day = day === Infinity ? today : Math.max(day, today);
    messages.push(message);
  }
  return [...messages, ...timersAt(end + quietDays * dayMs)];
}

/** One in so many comes so many later, as what is sent again does: some of them after a newer event of their entity. */
const [oneIn, later] = [20, 12];

function someLater(messages: readonly NewMessage[]): readonly NewMessage[] {
  return messages
    .map((message, index) => ({ message, place: index % oneIn === 0 ? index + later + 0.5 : index }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ message }) => message);
}

/** The same with settings that change three times on the way, others for an account than for the rest. */
export function withSettings(messages: readonly NewMessage[]): readonly NewMessage[] {
  const quarter = Math.floor(messages.length / 4);
  const events = messages.filter((message) => !isTimer(message)).map(eventOf);
  const account = events.find(({ entity }) => entity.startsWith('account:'))?.entity.slice('account:'.length) ?? '';
  return messages.flatMap((message, index) =>
    index > 0 && index % quarter === 0 ? [settingsOf(index / quarter, account), message] : [message],
  );
}

function settingsOf(version: number, account: string): NewMessage {
  const record: SettingsRecord = {
    record: 'settings',
    org,
    version,
    at: new Date(0).toISOString(),
    settings: {
      'customer-health': { supportWeight: 20 * version, watchUnder: 70 + version },
      hubspot: { stageWeight: version / 10, coldAfterDays: 3 * version },
    },
    segmentBy: 'numberofemployees',
    segments: { listed: { accounts: [account], settings: { 'customer-health': { useWeight: 100 * version } } } },
  };
  return { stream: 'EVENTS', subject: subjects.settings(org), data: Buffer.from(JSON.stringify(record), 'utf8') };
}

export function eventOf({ data }: NewMessage): StreamEvent {
  const event: StreamEvent = JSON.parse(Buffer.from(data).toString('utf8'));
  return event;
}

export const isTimer = ({ subject }: NewMessage): boolean => subject.startsWith('weir.timers.');

function timersAt(ms: number): readonly NewMessage[] {
  const time = new Date(ms).toISOString();
  return Array.from({ length: partitions }, (_, partition) => {
    const timer: TimerRecord = { timer: idOf(String(partition), org, time), org, time };
    const data = Buffer.from(JSON.stringify(timer), 'utf8');
    return { stream: 'EVENTS', subject: subjects.timer(partition, org), data, id: timer.timer };
  });
}
