import type { StreamEvent } from '../../../src/core/event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { anEvent } from '../../support/store.ts';

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
/** The moment that tests ask as of. */
export const now = Date.parse('2026-03-30T12:00:00Z');
export const rfc = (ms: number): string => new Date(ms).toISOString();

export interface Metric {
  readonly entity: string;
  readonly name: string;
  readonly days: number;
  readonly limit?: number;
  /** Hours are counted up from the first. */
  value(hour: number): number;
}

/** A sample an hour, up to the moment that tests ask as of. */
export function samplesOf(org: string, { entity, name, days, limit, value }: Metric): StreamEvent[] {
  const hours = days * 24;
  return Array.from({ length: hours }, (_, hour) =>
    happened(org, entity, 'metrics.sample', now - (hours - hour) * hourMs + 60_000, {
      name,
      value: value(hour),
      unit: 'ms',
      ...(limit !== undefined && { limit }),
    }),
  );
}

let ids = 0;
export function happened(
  org: string,
  entity: string,
  type: string,
  at: number,
  data: JsonObject = {},
  more: Partial<StreamEvent> = {},
): StreamEvent {
  const stream = type.startsWith('metrics.') ? 'metrics' : 'custom';
  const time = rfc(at);
  ids += 1;
  return anEvent({
    id: `t${ids}`,
    org,
    entity,
    type,
    time,
    receivedAt: time,
    origin: stream,
    stream,
    subject: null,
    data,
    ...more,
  });
}
