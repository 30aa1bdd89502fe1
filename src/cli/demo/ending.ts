/** When something ends. */
export interface Ending {
  readonly signal: AbortSignal;
  /** Gives up its timer. */
  release(): void;
}

/**
 * Aborts with the first of the signals, or when `afterMs` have passed. Not `AbortSignal.any` over `AbortSignal.timeout`: nothing
 * holds that timer's signal, and once it is collected as garbage the time never comes.
 */
export function endingWith(signals: readonly AbortSignal[], afterMs?: number): Ending {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = afterMs === undefined ? undefined : setTimeout(end, afterMs);
  for (const signal of signals) {
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  }
  return {
    signal: ending.signal,
    release() {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
    },
  };
}
