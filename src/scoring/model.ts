import type { Json } from '../core/json.ts';
import type { Learned } from '../core/model.ts';

/**
 * P A model: what an organisation's own outcomes teach, as a pure value.
 *
 * No clock, no random number. `State` is plain JSON, never changed in place, and small: with the versions that are kept it is
 * remembered in every partition, so some ten KB are right and a hundred too many.
 */
export interface Model<State extends Json = Json, Example extends Json = Json> {
  readonly name: string;
  readonly description: string;
  /** Raised when states or examples of the former shape can no longer be read: what was learned is dropped then. */
  readonly version: number;
  /** What it is shipped with: judges before anything was learned. */
  readonly initial: State;
  learn(state: State, example: Example): State;
  /** What is to be shown of a state. */
  show(state: State): Learned;
}
