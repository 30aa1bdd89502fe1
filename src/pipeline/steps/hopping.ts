import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer, Step } from '../define.ts';
import type { ClosedWindow, Folding } from './windows.ts';

export interface HoppingOptions<I, S extends Json> extends Folding<I, S> {
  /** Windows are [k·every, k·every + size) since 1970, UTC. */
  readonly size: Duration;
  /** Default: `size`, which makes them tumbling. */
  readonly every?: Duration;
  /**
   * So long after its end a window still takes late inputs, and is told again with each, as a correction. Default 0s: what
   * comes when a window is closed is not added. The runtime counts and shows it as late either way.
   */
  readonly correctFor?: Duration;
}

/** The windows of a key: at most 100, as many as may be open or still be corrected at once. */
export type Panes<S extends Json> = {
  /** Event time of the newest input or deadline, ms. */
  readonly passed: number;
  readonly panes: readonly Pane<S>[];
};

type Pane<S extends Json> = {
  readonly start: number;
  readonly sum: S;
  readonly count: number;
  /** How often it was told. */
  readonly told: number;
};

/** Windows of a key held at once, at most; what would need more is refused. */
const maxPanes = 100;
/** So long it is remembered, beyond corrections, which windows have closed: what comes later still makes one of its own. */
const rememberedMs = 86_400_000;

/** Sums up in windows that begin every so often. One without inputs is not told. */
export function hopping<I, S extends Json>(
  options: HoppingOptions<I, S>,
): KeyedReducer<I, Panes<S> | null, ClosedWindow<S>> {
  const { initial, add, key = () => '' } = options;
  const sizeMs = durationMs(options.size);
  const everyMs = durationMs(options.every ?? options.size);
  const correctMs = durationMs(options.correctFor ?? '0s');
  if (everyMs <= 0 || (sizeMs + correctMs) / everyMs > maxPanes) {
    const every = options.every ?? options.size;
    throw new RangeError(`windows of ${options.size} every ${every}, corrected or not: more than ${maxPanes} at once`);
  }

  const told = ({ start, sum, count, told }: Pane<S>, key: string): ClosedWindow<S> => {
    const end = start + sizeMs;
    const cause = `[${start},${end})/${key}${told > 0 ? `#${told}` : ''}`;
    return { start, end, sum, count, why: 'time', correction: told, key, cause };
  };

  /** When something is to be done about a window: tell it, or forget it. */
  const dueOf = ({ start, told }: Pane<S>): number => start + sizeMs + (told > 0 ? correctMs : 0);

  function left(state: Panes<S>, emit: readonly ClosedWindow<S>[]): Step<Panes<S>, ClosedWindow<S>> {
    let wakeAt = Infinity;
    for (const pane of state.panes) wakeAt = Math.min(wakeAt, dueOf(pane));
    return wakeAt === Infinity ? { state, emit } : { state, emit, wakeAt };
  }

  return {
    initial: null,
    ttl: `${sizeMs + correctMs + rememberedMs}ms`,
    key,
    on(before, input, { time, key }) {
      const passed = Math.max(before?.passed ?? time, time);
      const panes = before ? before.panes.slice() : [];
      const corrections: ClosedWindow<S>[] = [];
      const last = Math.floor(time / everyMs) * everyMs;
      // The windows that hold it, oldest first.
      for (let start = firstOf(time, sizeMs, everyMs); start <= last; start += everyMs) {
        const isClosed = start + sizeMs <= passed;
        if (isClosed && start + sizeMs + correctMs <= passed) continue;
        const at = panes.findIndex((pane) => pane.start === start);
        const pane = panes[at] ?? { start, sum: initial, count: 0, told: 0 };
        const fuller = { start, sum: add(pane.sum, input), count: pane.count + 1, told: pane.told };
        if (isClosed) corrections.push(told(fuller, key));
        panes[at === -1 ? panes.length : at] = isClosed ? { ...fuller, told: pane.told + 1 } : fuller;
      }
      return left({ passed, panes }, corrections);
    },
    wake(before, { time, key }) {
      const due = (before?.panes ?? []).filter((pane) => pane.told === 0 && pane.start + sizeMs <= time);
      const panes = (before?.panes ?? [])
        .map((pane) => (due.includes(pane) ? { ...pane, told: 1 } : pane))
        .filter((pane) => dueOf(pane) > time);
      const inOrder = due.toSorted((a, b) => a.start - b.start);
      return left(
        { passed: Math.max(before?.passed ?? time, time), panes },
        inOrder.map((pane) => told(pane, key)),
      );
    },
  };
}

/** The start of the oldest window that holds a moment. */
const firstOf = (time: number, sizeMs: number, everyMs: number): number =>
  (Math.floor((time - sizeMs) / everyMs) + 1) * everyMs;
