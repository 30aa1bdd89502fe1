import type { StreamEvent } from '../../../src/core/event.ts';

/** What a bare loop does with an event; undefined says nothing. */
export type Step = (event: StreamEvent, at: number) => unknown;

export const minuteMs = 60_000;

const n = (event: StreamEvent): number => Number(event.data['n']);

/** Each over one Map by entity, changed in place, for events that come in order: no snapshots, no bounds, no timers. */
export const bares = {
  counted: keyed<number[]>((times, event, at) => {
    if (event.type !== 'a') return [times];
    const recent = (times ?? []).filter((time) => time > at - 30 * minuteMs);
    recent.push(at);
    return [recent, recent.length];
  }),
  decayed: keyed<{ value: number; at: number }>((count, _, at) => {
    const value = (count ? count.value * 2 ** (-(at - count.at) / (10 * minuteMs)) : 0) + 1;
    return [{ value, at }, value];
  }),
  tumbling: keyed<Sum>((sum, event, at) => summed(sum, event, Math.floor(at / (10 * minuteMs)))),
  hopping: keyed<readonly [Sum | undefined, Sum | undefined]>((pair, event, at) => {
    const pane = Math.floor(at / (5 * minuteMs));
    const [even, said] = summed(pair?.[0], event, pane >> 1);
    const [odd, alsoSaid] = summed(pair?.[1], event, (pane + 1) >> 1);
    return [[even, odd], said ?? alsoSaid];
  }),
  sliding: keyed<[number, number][]>((seen, event, at) => {
    const recent = (seen ?? []).filter(([time]) => time > at - 10 * minuteMs);
    recent.push([at, n(event)]);
    return [recent, recent];
  }),
  sessions: keyed<Sum & { last: number }>((open, event, at) => {
    const goesOn = open && at - open.last <= 5 * minuteMs && at - open.window < 20 * minuteMs;
    if (!goesOn) return [{ window: at, sum: n(event), last: at }, open?.sum];
    open.sum += n(event);
    open.last = at;
    return [open];
  }),
  filled: keyed<Sum>((open, event) => {
    const window = (open?.window ?? 0) + 1;
    const sum = (open?.sum ?? 0) + n(event);
    return window === 10 ? [undefined, sum] : [{ window, sum }];
  }),
  condition: keyed<Sum>((open, event, at) => {
    if (!open && event.type !== 'a') return [undefined];
    const sum = (open?.sum ?? 0) + n(event);
    return event.type === 'c' ? [undefined, sum] : [{ window: open?.window ?? at, sum }];
  }),
  inARow: keyed<{ next: number; since: number }>((found, event, at) => {
    const live = found && at - found.since <= 30 * minuteMs ? found : { next: 0, since: at };
    if (event.type !== 'abc'[live.next]) return [live];
    return live.next === 2 ? [undefined, event.id] : [{ next: live.next + 1, since: live.since }];
  }),
  absence: keyed<{ id: string; since: number }>((waiting, event, at) => {
    const said = waiting && at > waiting.since + minuteMs ? waiting.id : undefined;
    if (event.type === 'a') return [{ id: event.id, since: at }, said];
    return [event.type === 'c' || said !== undefined ? undefined : waiting, said];
  }),
  paced: keyed<{ told: number; last: number }>((pace, event, at) => {
    const tells = !pace || at - pace.told >= 10 * minuteMs;
    const quiet = pace && at - pace.last >= 10 * minuteMs;
    return [{ told: tells ? at : pace.told, last: at }, tells || quiet ? n(event) : undefined];
  }),
  asOf: keyed<{ row: number; at: number }>((row, event, at) => {
    const known = event.type === 'a' ? { row: n(event), at } : row;
    return [known, known];
  }),
  scored: keyed<number>((sum, event) => [(sum ?? 0) + n(event), { value: (sum ?? 0) + n(event) }]),
} as const;

interface Sum {
  window: number;
  sum: number;
}

function summed(open: Sum | undefined, event: StreamEvent, window: number): [Sum, number?] {
  if (open?.window !== window) return open ? [{ window, sum: n(event) }, open.sum] : [{ window, sum: n(event) }];
  open.sum += n(event);
  return [open];
}

/** What is remembered of the event's entity, and what is said. */
function keyed<S>(
  step: (state: S | undefined, event: StreamEvent, at: number) => readonly [S | undefined, unknown?],
): () => Step {
  return () => {
    const states = new Map<string, S>();
    return (event, at) => {
      const [state, said] = step(states.get(event.entity), event, at);
      if (state === undefined) states.delete(event.entity);
      else states.set(event.entity, state);
      return said;
    };
  };
}
