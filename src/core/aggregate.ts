/**
 * The shape of all that has a life (an alert; later a run, a workflow, a reservation): one subject on the log and
 * two pure functions. Time and settings enter as facts, so both can be replayed.
 *
 * - `fold(state, fact)` says what is true after the fact. A fact seen before changes nothing.
 * - `decide(state)` says what must happen next.
 */
export interface Aggregate<State, Fact, Decision> {
  fold(state: State | undefined, fact: Fact): State | undefined;
  decide(state: State | undefined): Decision;
}
