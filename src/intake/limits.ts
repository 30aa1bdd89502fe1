/** Everything at the door has a bound. What happens at it stands beside it. */
export interface IntakeLimits {
  /** Bytes of a request body; beyond it 413. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being received or worked on at once; beyond it 503. */
  readonly bodiesInFlightBytes: number;
  /** Levels of nesting; beyond it 400. */
  readonly depth: number;
  /** Values (objects, arrays and their members) in a body; beyond it 400. */
  readonly values: number;
  /** Events in a request; beyond it 413. */
  readonly events: number;
  /** Faults named in a 422; the rest are counted. */
  readonly faults: number;
  /** Appends of one request, or of one batch from INTAKE, that run at once. */
  readonly appends: number;
  /** How far ahead of its receipt an event's time may lie; beyond it the time is clamped and the claim kept. */
  readonly aheadMs: number;
}

export const defaultIntakeLimits: IntakeLimits = {
  bodyBytes: 5 * 1024 ** 2,
  bodiesInFlightBytes: 256 * 1024 ** 2,
  depth: 64,
  values: 250_000,
  events: 1_000,
  faults: 100,
  appends: 64,
  aheadMs: 5 * 60_000,
};
