import { checkEvents, draftOf, eventsIn } from '../../src/intake/cloudevents.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import type { EventDraft } from '../../src/intake/source.ts';

export const structured = { 'content-type': 'application/cloudevents+json' };

export const minimal = { specversion: '1.0', id: '1', source: '/here', type: 'com.example.thing' };

export function draftsIn(headers: Readonly<Record<string, string | undefined>>, body: Buffer): readonly EventDraft[] {
  const raw = eventsIn({ headers, body }, limits);
  const checked = checkEvents(raw);
  if (checked.kind === 'invalid') throw new Error(JSON.stringify(checked.faults));
  return checked.events.map((event, index) => draftOf(event, raw[index] ?? {}, 'custom'));
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
