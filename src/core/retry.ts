import { isWeirError } from './errors.ts';
import { pause } from './pause.ts';

/** Tries again for as long as the failure is one that passes (the log is away, full), and the service is not stopping. */
export type Retry = <T>(act: () => Promise<T>) => Promise<T>;

export interface RetryOptions {
  /** Aborted when the service stops: then the failure is passed on. */
  readonly signal: AbortSignal;
  readonly firstMs?: number;
  readonly mostMs?: number;
  failed(error: unknown, waitMs: number): void;
}

export function createRetry({ signal, firstMs = 50, mostMs = 5_000, failed }: RetryOptions): Retry {
  return async (act) => {
    for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 2, mostMs)) {
      try {
        return await act();
      } catch (error) {
        if (signal.aborted || !isWeirError(error) || !error.retriable) throw error;
        failed(error, waitMs);
        await pause(waitMs, signal);
      }
    }
  };
}
