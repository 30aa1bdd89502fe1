/** The thread of `threaded.ts`: messages in, rows out. It has nothing to close and nothing to lose. */
import { parentPort } from 'node:worker_threads';
import { stepBehind } from '../../../threads/priority.ts';
import type { ArchivedStream } from '../tables/rewriting.ts';
import { startBatch, type Making } from './making.ts';
import { unpack, type Packed } from '../../../log/packed.ts';
import type { Batch } from './rewriter.ts';

/** `begin` brings the first messages of a batch, `add` more of them. */
export type Request =
  | { readonly kind: 'begin' | 'add'; readonly stream: ArchivedStream; readonly messages: Packed }
  | { readonly kind: 'end'; readonly stream: ArchivedStream };

/** One to each request, in their order: how far the batch is, and itself when it ended. Or what went wrong with it. */
export type Answer = { readonly rows: number; readonly batch: Batch | undefined } | { readonly error: unknown };

stepBehind();
const batches = new Map<ArchivedStream, Making>();

parentPort?.on('message', (request: Request) => {
  let answer: Answer;
  try {
    answer = answerTo(request);
  } catch (error) {
    answer = { error };
  }
  parentPort?.postMessage(answer, 'batch' in answer ? memoryOf(answer.batch) : []);
});

function answerTo(request: Request) {
  const { kind, stream } = request;
  const making = kind === 'begin' ? startBatch(stream) : batches.get(stream);
  if (!making) throw new RangeError(`No batch of ${stream} has begun.`);
  if (kind === 'end') {
    batches.delete(stream);
    return { rows: making.rows(), batch: making.end() };
  }
  batches.set(stream, making);
  for (const message of unpack(request.messages)) making.add(message);
  return { rows: making.rows(), batch: undefined };
}

/** What is handed over with a batch, not copied. */
function memoryOf(batch: Batch | undefined): readonly ArrayBuffer[] {
  const tables = [...(batch?.tables.values() ?? [])];
  return tables.flatMap(({ lines, ends, sequences }) => [lines.buffer, ends.buffer, sequences.buffer]);
}
