import type { Json } from '../../core/json.ts';
import type { KeyedReducer, Step } from '../define.ts';
import { closed, type ClosedWindow, type Folding } from './windows.ts';

export interface MonthsOptions<I, S extends Json> extends Folding<I, S> {
  /** So many months in a row in which nothing came are told, too; after them a key is forgotten. Default 3. */
  readonly emptyMax?: number;
}

/** The month of a key that is open. */
export type OpenMonth<S extends Json> = {
  readonly start: number;
  readonly sum: S;
  readonly count: number;
  /** Months before it in which nothing came. */
  readonly empty: number;
};

/**
 * Sums up by calendar month (UTC), each told when the entity's clock passes its end. Months without inputs are told as such: no
 * money is a figure, too. What comes for a month that was told is not added.
 */
export function months<I, S extends Json>({
  initial,
  add,
  key = () => '',
  emptyMax = 3,
}: MonthsOptions<I, S>): KeyedReducer<I, OpenMonth<S> | null, ClosedWindow<S>> {
  const waiting = (month: OpenMonth<S>, emit: readonly ClosedWindow<S>[]): Step<OpenMonth<S>, ClosedWindow<S>> => ({
    state: month,
    emit,
    wakeAt: monthAfter(month.start),
  });
  return {
    initial: null,
    // A month is at most 31 days; a few more keep the key until its end has passed.
    ttl: '40d',
    key,
    on(open, input, { time }) {
      if (open && time < open.start) return waiting(open, []);
      const month = open ?? { start: monthOf(time), sum: initial, count: 0, empty: 0 };
      return waiting({ ...month, sum: add(month.sum, input), count: month.count + 1 }, []);
    },
    wake(open, { key }) {
      if (!open) return { state: undefined, emit: [] };
      const end = monthAfter(open.start);
      const told = closed({ ...open, last: end, until: end }, end, 'time', { key });
      const empty = open.count === 0 ? open.empty + 1 : 0;
      if (empty >= emptyMax) return { state: undefined, emit: [told] };
      return waiting({ start: end, sum: initial, count: 0, empty }, [told]);
    },
  };
}

function monthOf(time: number): number {
  const date = new Date(time);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
}

function monthAfter(start: number): number {
  const date = new Date(start);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}
