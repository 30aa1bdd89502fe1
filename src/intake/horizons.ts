import { durationMs } from '../core/duration.ts';
import type { Source } from './source.ts';

/** How long senders of CloudEvents may repeat one. */
const cloudEventsMs = durationMs('3d');

/** Metrics are repeated at once or never, and too many to remember: the log's own window covers them. */
const metricsMs = 0;

/** How long each origin repeats an event that was not acknowledged, ms. */
export function horizonsOf(sources: readonly Source[]): (origin: string) => number {
  const known = new Map([
    ['metrics', metricsMs],
    ...sources.map((source) => [source.name, source.retryHorizonMs] as const),
  ]);
  return (origin) => known.get(origin) ?? cloudEventsMs;
}
