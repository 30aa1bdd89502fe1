import { Worker } from 'node:worker_threads';
import { WeirError } from '../core/errors.ts';
import type { SharedLog } from '../log/log.ts';
import { serveLog } from '../log/remote.ts';
import type { Effects } from '../pipeline/effects.ts';
import type { PipelineOptions } from '../pipeline/run.ts';
import { openChannel } from '../threads/channel.ts';
import { runnable } from '../threads/entry.ts';
import type { Given, ProcessCalls, ThreadCalls } from './calls.ts';
import { memoryOf } from './memory.ts';

/** A little longer than the runtime itself waits for what is in flight. */
const stopWithinMs = 10_000;
const answerWithinMs = 5_000;

export interface ThreadOptions extends Omit<Given, 'logKind'>, Pick<PipelineOptions, 'happened' | 'failed'> {
  readonly log: SharedLog;
}

export interface PipelineThread extends Omit<ThreadCalls, 'start'> {
  /** Begins with what the log holds. What the pipelines say is carried out here, by `effects`. Once more only after a `stop`. */
  start(effects: Effects, writer: string): Promise<void>;
  /** Ends the thread, whatever it does. */
  end(): Promise<void>;
}

/**
 * Opens a thread for the pipelines of some partitions: what they take is not taken from the door, the log and the subscribers, nor they from
 * them. The log and the effects stay here; the thread calls them. It ends with the process, and the process cannot go on without it.
 */
export function openPipelineThread({ log, happened, failed, ...plain }: ThreadOptions): PipelineThread {
  const given: Given = { ...plain, logKind: log.kind };
  const entry = runnable(new URL('./thread.ts', import.meta.url));
  const worker = new Worker(entry, { name: 'pipelines', workerData: given });
  let effects: Effects | undefined;
  const here: ProcessCalls = {
    ...serveLog(log),
    ...happened,
    apply: async (...commit) => effects?.apply(...commit),
    progressed({ committed, reached }) {
      for (const { said, tookMs } of committed) happened.committed(said, tookMs);
      if (reached) happened.pipelinesReached(reached.sequence, reached.storedAt);
    },
    failed,
  };
  const channel = openChannel<ThreadCalls, ProcessCalls>(worker, here, { memoryOf, broken: failed });

  let ending = false;
  let lost: WeirError | undefined;
  const ended = (cause: unknown): void => {
    if (lost) return;
    lost = new WeirError('internal', 'A thread of the pipelines ended by itself: start weir anew.', { cause });
    channel.$close(lost);
    if (!ending) failed(lost);
  };
  worker.once('error', ended);
  worker.once('messageerror', ended);
  worker.once('exit', (code) => ended(new Error(`It left with code ${code}.`)));
  const asked = async <T>(ask: () => Promise<T>): Promise<T> => {
    if (lost) throw lost;
    return ask();
  };

  return {
    start: (given, writer) => {
      effects = given;
      return asked(() => channel.start(writer));
    },
    // Of one that ended by itself nothing is left to stop.
    stop: async () => (lost ? undefined : inTime(channel.stop(), stopWithinMs)),
    stands: () => asked(() => inTime(channel.stands(), answerWithinMs)),
    models: (org) => asked(() => inTime(channel.models(org), answerWithinMs)),
    held: (org) => asked(() => inTime(channel.held(org), answerWithinMs)),
    claim: () => asked(() => channel.claim()),
    async end() {
      ending = true;
      await worker.terminate();
    },
  };
}

/** Rejects with `not-ready` where there is no answer in time: a pipeline that never ends its turn keeps its thread from answering. */
async function inTime<T>(answer: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new WeirError('not-ready', `The pipelines have not answered for ${withinMs / 1_000} s.`)),
      withinMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
