/**
 * Why a call to a tool gave no result, in the words of the orchestration's faults. `transient` may pass when tried again;
 * `timed-out` no answer in time; `rate-limited` more calls at once than the server is allowed; `invalid` arguments or a result that
 * break the pinned schema, or a result beyond the limits; `refused` the tool is quarantined.
 */
export type ToolFaultKind = 'transient' | 'timed-out' | 'rate-limited' | 'invalid' | 'refused';

export class ToolFault extends Error {
  override readonly name = 'ToolFault';
  readonly fault: ToolFaultKind;
  /** When it may be worth trying again; ms, null where that is not known. */
  readonly retryAfterMs: number | null;

  constructor(fault: ToolFaultKind, detail: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.fault = fault;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
