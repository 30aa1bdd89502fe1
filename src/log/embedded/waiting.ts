import type { StreamName } from '../log.ts';
import { stateOf, type State, type StreamState } from './store.ts';

/** Readers that have seen everything, each woken by the commit that brings it more. */
export interface WaitingReaders {
  /** Resolves `true` once there is something after a sequence; `false` when `waitMs` passed, or `signal` ended it. */
  until(stream: StreamName, after: number, options: WaitOptions): Promise<boolean>;
  wake(state: State): void;
}

export interface WaitOptions {
  readonly waitMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Whether the stream holds a message after a sequence. */
export function holdsAfter({ first, last }: StreamState, after: number): boolean {
  return Math.max(first, after + 1) <= last;
}

interface Waiter {
  readonly stream: StreamName;
  readonly after: number;
  settle(more: boolean): void;
}

export function createWaitingReaders(): WaitingReaders {
  // One a reader; readers are made by the parts of the daemon, never by those outside.
  const waiters = new Set<Waiter>();

  return {
    until: (stream, after, { waitMs, signal }) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(false);
        const end = () => waiter.settle(false);
        const timer = waitMs === undefined ? undefined : setTimeout(end, waitMs);
        const waiter: Waiter = {
          stream,
          after,
          settle(more) {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
            waiters.delete(waiter);
            resolve(more);
          },
        };
        signal.addEventListener('abort', end);
        waiters.add(waiter);
      }),
    wake(state) {
      for (const waiter of waiters) {
        if (holdsAfter(stateOf(state, waiter.stream), waiter.after)) waiter.settle(true);
      }
    },
  };
}
