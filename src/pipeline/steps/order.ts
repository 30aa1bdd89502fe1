import type { Json } from '../../core/json.ts';
import type { Input } from '../define.ts';

/** Sorts after every operator's name: at one moment, deadlines pass before the inputs of that moment are handed over. */
export const orderOperator = '\uffff order';

/** Inputs that wait for their turn, in order of event time, then id. */
export type Waiting = Json & readonly { readonly time: number }[];

/** How many wait at most for one pipeline and entity; beyond, the earliest goes without waiting longer. */
export const maxWaiting = 1_000;

/** Puts an input in its place among those that wait. */
export function buffered(waiting: Json | undefined, input: Input, time: number): Waiting {
  const list = entriesOf(waiting);
  const after = list.findIndex((other) => other.time > time || (other.time === time && other.input.id > input.id));
  return stateOf(list.toSpliced(after === -1 ? list.length : after, 0, { time, input }));
}

/** Takes the first out. */
export function release(waiting: Json): { readonly input: Input | undefined; readonly rest: Waiting } {
  const [first, ...rest] = entriesOf(waiting);
  return { input: first?.input, rest: stateOf(rest) };
}

interface Entry {
  readonly time: number;
  readonly input: Input;
}

// Events and scores are made of JSON alone, which interfaces cannot say of themselves; and only `buffered` writes this
// state, under an operator name no pipeline can take.
const stateOf = (entries: readonly Entry[]): Waiting => entries as readonly object[] as Waiting;
const entriesOf = (waiting: Json | undefined): readonly Entry[] =>
  (waiting ?? []) as readonly object[] as readonly Entry[];
