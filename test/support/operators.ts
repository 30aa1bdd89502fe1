import type { StreamEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Score } from '../../src/core/score.ts';
import { event } from '../../src/pipeline/cases.ts';
import { definePipeline, isEvent, type Input, type Pipeline, type ScoreDraft } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { createState } from '../../src/pipeline/state.ts';

/** The moment tests count their minutes from; ms. */
export const start = Date.UTC(2026, 0, 1);
export const minuteMs = 60_000;
export const at = (minutes: number): string => new Date(start + minutes * minuteMs).toISOString();

/** A `custom.<kind>` of an account. */
export const came = (minutes: number, kind: string, data: JsonObject = {}, entity = 'account:a'): StreamEvent =>
  event({ type: `custom.${kind}`, stream: 'custom', time: at(minutes), entity, data });

export const is =
  (...kinds: readonly string[]) =>
  (input: Input): boolean =>
    isEvent(input) && kinds.includes(input.type.slice('custom.'.length));

export const figure = (name: string, value: number, cause?: string, eventIds: readonly string[] = []): ScoreDraft => ({
  output: 'score',
  name,
  subject: null,
  value,
  confidence: 1,
  contributions: eventIds.map((eventId) => ({ name: 'seen', weight: 0, value: 0, eventId, quote: null })),
  ...(cause !== undefined && { cause }),
});

export const pipelineOf = (run: Pipeline['run'], lateness: Pipeline['lateness'] = '0s'): Pipeline =>
  definePipeline({
    name: 'p',
    version: 1,
    description: 'for a test',
    streams: ['custom'],
    scores: ['mood'],
    lateness,
    run,
  });

/** The scores a pipeline makes of events in their order of arrival, and of the time after them up to `untilMinutes`. */
export function scoresOf(
  pipeline: Pipeline,
  arrivals: readonly StreamEvent[],
  untilMinutes?: number,
): readonly Score[] {
  const engine = createEngine([pipeline], createState(), { scoresFrom: 'outside', frozen: true });
  for (const [index, one] of arrivals.entries()) engine.event(one, index + 1);
  if (untilMinutes !== undefined) {
    const time = start + untilMinutes * minuteMs;
    engine.timer({ timer: 'end', org: 'acme', time: new Date(time).toISOString() }, arrivals.length + 1, time);
  }
  const { scores, dead } = engine.take();
  if (dead.length > 0) throw new Error(`failed: ${dead[0]?.detail}`);
  return scores;
}
