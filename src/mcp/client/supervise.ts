import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { ToolFault } from './fault.ts';
import type { RestartOptions } from './options.ts';

/** Something that runs until it ends. */
export interface Running<T> {
  readonly value: T;
  /** Resolves when it is over, with why. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface SuperviseDeps<T> {
  readonly restart: RestartOptions;
  /** ms; of a clock that only goes forward. */
  readonly now: () => number;
  /** Starts it; rejects where it cannot. */
  open(signal: AbortSignal): Promise<Running<T>>;
  down(why: string, waitMs: number): void;
}

export interface Supervised<T> {
  /** What runs, or what runs next. Rejects with a `ToolFault` (`transient`) when the next start fails, or with the signal's reason. */
  ready(signal: AbortSignal): Promise<T>;
  stop(): Promise<void>;
}

/** Keeps something running: started at once, and again after it ended, each time after a longer wait until it runs steadily. */
export function supervise<T>({ restart, now, open, down }: SuperviseDeps<T>): Supervised<T> {
  const stopping = new AbortController();
  let next = createWaiting<T>();

  async function keep(): Promise<void> {
    let waitMs: number | undefined;
    while (!stopping.signal.aborted) {
      const began = now();
      const why = await once();
      if (stopping.signal.aborted) break;
      waitMs = nextWaitMs(restart, waitMs, now() - began);
      down(why, waitMs);
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(passAbort);
    }
    next.reject(new ToolFault('transient', 'weir is stopping'));
  }

  /** Runs it once; resolves when it is over, with why. */
  async function once(): Promise<string> {
    try {
      const running = await open(stopping.signal);
      const close = () => void running.close();
      stopping.signal.addEventListener('abort', close, { once: true });
      if (stopping.signal.aborted) close();
      next.resolve(running.value);
      const why = await running.ended;
      stopping.signal.removeEventListener('abort', close);
      next = createWaiting();
      return why;
    } catch (error) {
      const failed = next;
      next = createWaiting();
      failed.reject(new ToolFault('transient', `the server cannot be started: ${messageOf(error)}`, { cause: error }));
      return messageOf(error);
    }
  }

  const keeping = keep();
  return {
    ready: (signal) => orAborted(next.promise, signal),
    async stop() {
      stopping.abort(new ToolFault('transient', 'weir is stopping'));
      await keeping;
    },
  };
}

/** The wait after an end: `before` was the one before it, `ranMs` how long it ran since. */
export function nextWaitMs(
  { firstMs, mostMs, steadyMs }: RestartOptions,
  before: number | undefined,
  ranMs: number,
): number {
  return before === undefined || ranMs >= steadyMs ? firstMs : Math.min(mostMs, before * 2);
}

interface Waiting<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function createWaiting<T>(): Waiting<T> {
  let settle: Pick<Waiting<T>, 'resolve' | 'reject'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  // That nobody waited for it is no fault.
  promise.catch(() => undefined);
  return { promise, resolve: (value) => settle?.resolve(value), reject: (error) => settle?.reject(error) };
}

/** The promise's outcome, or the signal's reason where it is aborted before. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}

function passAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
