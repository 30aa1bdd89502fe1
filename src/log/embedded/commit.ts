import { messageOf, WeirError } from '../../core/errors.ts';
import type { LogHappenings } from '../log.ts';

/**
 * Group commit: what is asked for while one commit is being written to the disk goes into the next one together.
 * So a lone append waits for one flush, and sixty-four callers share one.
 */
export interface Committer<Draft> {
  /** Runs `work` in the next commit; resolves with its result once that is on the disk. `bytes` is about what it writes. */
  submit<T>(bytes: number, work: (draft: Draft) => T): Promise<T>;
  healthy(): boolean;
  /** Commits what is waiting, then refuses. */
  close(): Promise<void>;
}

/** What a commit is: `write` runs the works in one transaction and resolves when it is durable, or rejects having changed nothing. */
export type WriteCommit<Draft> = (run: (draft: Draft) => void) => Promise<void>;

/** At most this much in one commit, and this many waiting; beyond that an append is refused as `log-unavailable`. */
export const commitWorksMax = 4_096;
export const commitBytesMax = 8 * 1024 * 1024;
export const waitingWorksMax = 50_000;
export const waitingBytesMax = 64 * 1024 * 1024;

/** Resolves when everybody whom the event loop has something for has been told it. */
const turnDone = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Waiting<Draft> {
  readonly bytes: number;
  run(draft: Draft): void;
  done(): void;
  failed(error: WeirError): void;
}

export function createCommitter<Draft>(write: WriteCommit<Draft>, happened: LogHappenings): Committer<Draft> {
  let waiting: Waiting<Draft>[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  let failingSince: number | undefined;
  let closed = false;

  async function writeAll(): Promise<void> {
    // What arrived together goes into one commit: what the pipelines make of its events into the very next one.
    for (await turnDone(); waiting.length > 0; await turnDone()) await writeOne(takeBatch());
    writing = undefined;
  }

  function takeBatch(): Waiting<Draft>[] {
    let count = 0;
    let bytes = 0;
    for (const item of waiting) {
      if (count > 0 && (count === commitWorksMax || bytes + item.bytes > commitBytesMax)) break;
      count += 1;
      bytes += item.bytes;
    }
    waitingBytes -= bytes;
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function writeOne(batch: readonly Waiting<Draft>[]): Promise<void> {
    try {
      await write((draft) => {
        for (const item of batch) item.run(draft);
      });
    } catch (error) {
      if (failingSince === undefined) happened.logDisconnected(messageOf(error));
      failingSince ??= performance.now();
      for (const item of batch) item.failed(refusal(error));
      return;
    }
    if (failingSince !== undefined) happened.logReconnected(Math.round(performance.now() - failingSince));
    failingSince = undefined;
    for (const item of batch) item.done();
  }

  return {
    submit<T>(bytes: number, work: (draft: Draft) => T): Promise<T> {
      if (closed) return Promise.reject<T>(new WeirError('log-unavailable', 'the log is closed'));
      if (waiting.length >= waitingWorksMax || waitingBytes + bytes > waitingBytesMax) {
        return Promise.reject<T>(new WeirError('log-unavailable', 'the disk does not keep up with what is appended'));
      }
      return new Promise<T>((resolve, reject) => {
        waiting.push({ bytes, ...settleLater(work, resolve, reject) });
        waitingBytes += bytes;
        writing ??= writeAll();
      });
    },
    healthy: () => !closed && failingSince === undefined,
    async close() {
      closed = true;
      await writing;
    },
  };
}

/** Keeps what the work answered until the commit it is part of is durable. */
function settleLater<Draft, T>(
  work: (draft: Draft) => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): Omit<Waiting<Draft>, 'bytes'> {
  let settle: () => void = () => reject(new WeirError('internal', 'a commit ended without running its work'));
  return {
    run(draft) {
      try {
        const value = work(draft);
        settle = () => resolve(value);
      } catch (error) {
        settle = () => reject(error);
      }
    },
    done: () => settle(),
    failed: reject,
  };
}

function refusal(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const reason = messageOf(error);
  const full = /no space|MAP_FULL/i.test(reason);
  return new WeirError(full ? 'log-full' : 'log-unavailable', `the log could not be written: ${reason}`, {
    cause: error,
  });
}
