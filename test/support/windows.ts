import { map } from 'rxjs';
import type { StreamEvent } from '../../src/core/event.ts';
import { isEvent, type Input, type Pipeline, type ScoreDraft } from '../../src/pipeline/define.ts';
import { conditionWindows } from '../../src/pipeline/operators/condition-windows.ts';
import { countWindows } from '../../src/pipeline/operators/count-windows.ts';
import { hoppingWindows } from '../../src/pipeline/operators/hopping-windows.ts';
import { sessionWindows } from '../../src/pipeline/operators/session-windows.ts';
import type { ClosedWindow } from '../../src/pipeline/steps/windows.ts';
import { came, figure, is, minuteMs, pipelineOf, scoresOf, start } from './operators.ts';

const minuteOf = (time: number): number => (time - start) / minuteMs;
export const nOf = (input: Input): number => (isEvent(input) ? Number(input.data['n']) : 0);
export const summing = { initial: 0, add: (sum: number, input: Input) => sum + nOf(input) };

/** A window as `[0,10) 3×6 time`: from, to, how many, their sum, what closed it, and the number of a correction. */
export const told = ({ start: from, end, count, sum, why, correction, cause }: ClosedWindow<number>): ScoreDraft =>
  figure(
    `[${minuteOf(from)},${minuteOf(end)}) ${count}×${sum} ${why}${correction > 0 ? ` #${correction}` : ''}`,
    1,
    cause,
  );

/** The windows told of events in their order of arrival, and of the time after them up to a minute. */
export function windowsOf(
  run: Pipeline['run'],
  arrivals: readonly StreamEvent[],
  { lateness = '0s', until = 1_000 }: { readonly lateness?: Pipeline['lateness']; readonly until?: number } = {},
): readonly string[] {
  return scoresOf(pipelineOf(run, lateness), arrivals, until).map(({ name }) => name);
}

export const hops =
  (size: `${number}m`, every: `${number}m`, correctFor: `${number}m` = '0m'): Pipeline['run'] =>
  (input, state) =>
    input.pipe(hoppingWindows(state, 'w', { ...summing, size, every, correctFor }), map(told));
export const sessions =
  (gap: `${number}m`, atMost: `${number}m`): Pipeline['run'] =>
  (input, state) =>
    input.pipe(sessionWindows(state, 'w', { ...summing, gap, atMost }), map(told));
export const fills =
  (size: number, atMost: `${number}m` = '500m'): Pipeline['run'] =>
  (input, state) =>
    input.pipe(countWindows(state, 'w', { ...summing, size, atMost }), map(told));
export const spells =
  (atMost: `${number}m` = '500m'): Pipeline['run'] =>
  (input, state) =>
    input.pipe(conditionWindows(state, 'w', { ...summing, opens: is('down'), closes: is('up'), atMost }), map(told));

/** An event of a minute with a value to sum up. */
export const n = (minute: number, value = 1, kind = 'note'): StreamEvent => came(minute, kind, { n: value });
