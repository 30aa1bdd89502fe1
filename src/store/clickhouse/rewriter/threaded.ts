import { Worker } from 'node:worker_threads';
import { WeirError } from '../../../core/errors.ts';
import { pack } from '../../../log/packed.ts';
import { runnable } from '../../../threads/entry.ts';
import { RewriterLost, type Rewriter } from './rewriter.ts';
import type { Answer, Request } from './thread.ts';

/**
 * Makes rows in a thread of its own, one for all streams, so that a busy archive takes no time from the log, the pipelines and the
 * door. The thread is started for the first batch, and anew for the next one when it ended by itself.
 */
export function createThreadedRewriter(entry: URL = new URL('./thread.ts', import.meta.url)): Rewriter {
  let current: Thread | undefined;
  let closed = false;

  const running = (): Thread => {
    if (closed) throw new WeirError('not-ready', 'What makes the rows was closed.');
    if (!current?.lives()) current = startThread(entry);
    return current;
  };

  return {
    begin: (stream) => {
      // A batch stays with its thread: another knows nothing of it.
      let thread: Thread | undefined;
      return {
        add: async (messages) => {
          const kind = thread ? 'add' : 'begin';
          thread ??= running();
          const packed = pack(messages);
          const { rows } = await thread.ask({ kind, stream, messages: packed }, packed.data.buffer);
          return rows;
        },
        end: async () => (await thread?.ask({ kind: 'end', stream }))?.batch,
      };
    },
    close: async () => {
      closed = true;
      await current?.end();
    },
  };
}

type Progress = Exclude<Answer, { readonly error: unknown }>;

interface Thread {
  /** Hands `memory` over with the request. Rejects with `RewriterLost` when there is no answer to come. */
  ask(request: Request, ...memory: readonly ArrayBuffer[]): Promise<Progress>;
  lives(): boolean;
  end(): Promise<void>;
}

function startThread(entry: URL): Thread {
  const worker = new Worker(runnable(entry), { name: 'rewriter' });
  // As many as there are streams, at most: each waits for its answer.
  const waiting: { readonly resolve: (progress: Progress) => void; readonly reject: (error: unknown) => void }[] = [];
  let lost: RewriterLost | undefined;

  const lose = (cause: unknown) => {
    lost ??= new RewriterLost(cause);
    for (const { reject } of waiting.splice(0)) reject(lost);
  };
  worker.on('message', (answer: Answer) => {
    const asked = waiting.shift();
    if ('error' in answer) asked?.reject(answer.error);
    else asked?.resolve(answer);
  });
  worker.on('error', lose);
  worker.on('messageerror', lose);
  worker.on('exit', (code) => lose(new Error(`It left with code ${code}.`)));

  return {
    ask: (request, ...memory) =>
      new Promise((resolve, reject) => {
        if (lost) throw lost;
        worker.postMessage(request, memory);
        waiting.push({ resolve, reject });
      }),
    lives: () => lost === undefined,
    end: async () => {
      await worker.terminate();
    },
  };
}
