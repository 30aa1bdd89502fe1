import type { Json } from '../../core/json.ts';
import type { Input } from '../define.ts';

/** Inputs that wait for their turn, in order of event time, then id. */
export type Waiting = Json & readonly { readonly time: number; readonly input: string }[];

/** How many wait at most for one pipeline and entity; beyond, the earliest goes without waiting longer. */
export const maxWaiting = 1_000;

/** Puts an input in its place among those that wait. The input is kept as text: plain JSON whatever its type. */
export function buffered(waiting: Json | undefined, input: Input, time: number): Waiting {
  const list = entriesOf(waiting);
  const entry = { time, id: input.id, input: JSON.stringify(input) };
  const after = list.findIndex((other) => other.time > time || (other.time === time && other.id > input.id));
  return after === -1 ? [...list, entry] : [...list.slice(0, after), entry, ...list.slice(after)];
}

/** Takes the first out. */
export function release(waiting: Json): { readonly input: Input | undefined; readonly rest: Waiting } {
  const [first, ...rest] = entriesOf(waiting);
  return { input: first ? (JSON.parse(first.input) as Input) : undefined, rest };
}

interface Entry extends Record<string, Json> {
  readonly time: number;
  readonly id: string;
  readonly input: string;
}

// Only `buffered` writes this state, under an operator name no pipeline can take.
const entriesOf = (waiting: Json | undefined): readonly Entry[] => (waiting ?? []) as readonly Entry[];
