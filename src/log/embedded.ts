import type { Clock } from '../core/clock.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { createCommitter, type Committer } from './embedded/commit.ts';
import { appendTo, createDraft, finishDraft, trimTo, type Draft } from './embedded/draft.ts';
import { createIdWindow, type IdWindow } from './embedded/id-window.ts';
import { loadIds } from './embedded/ids.ts';
import { decodeSegment } from './embedded/segment.ts';
import { takeOwnership, type Ownership } from './embedded/owner.ts';
import { createEmbeddedReader, lastMessage, messageAt, nextMessage, type Committed } from './embedded/read.ts';
import { openRoom } from './embedded/room.ts';
import { claim, loadState, openStore, stateOf, write, type Store } from './embedded/store.ts';
import { needsSweep, sweep } from './embedded/sweep.ts';
import { createEmbeddedBlobs, createEmbeddedKeyValue } from './embedded/values.ts';
import { createWaitingReaders } from './embedded/waiting.ts';
import { openEmbeddedWork } from './embedded/work.ts';
import { checkMessage } from './limits.ts';
import { createRecent } from './recent.ts';
import type { Log, LogHappenings, WorkQueue } from './log.ts';
import { defaultWork, type StreamDefinition, type WorkSettings } from './streams.ts';

export interface EmbeddedLogOptions {
  /** The directory it lives in; made where it is absent. It belongs to one process. */
  readonly path: string;
  readonly definitions: readonly StreamDefinition[];
  readonly work?: WorkSettings;
  readonly clock: Clock;
  readonly happened: LogHappenings;
}

/** How often what has aged is looked for while nothing is appended. */
const idleSweepMs = 30_000;

/**
 * The log for one machine with nothing installed: LMDB in this process.
 *
 * `append` resolves after its commit was flushed to the disk: it survives the death of the process, and a power cut as
 * far as the disk tells the truth about a flush. Concurrent appends share a flush. What a reader sees is always flushed.
 * Rejects with `config-invalid` where another living process has the directory or it cannot be written.
 */
export async function createEmbeddedLog(options: EmbeddedLogOptions): Promise<Log> {
  const { path, definitions, clock, happened } = options;
  const ownership = takeOwnership(path);
  const store = await openOwned(path, definitions, ownership);
  let state = loadState(store, definitions, clock.now());
  const window = createIdWindow();
  loadIds(store, window, clock.now());
  const recent = createRecent();
  let room: Awaited<ReturnType<typeof openRoom>> | undefined;
  const waiting = createWaitingReaders();

  const committer = createCommitter<Draft>(async (run) => {
    const draft = createDraft(store, state, clock.now());
    const more = sweep(draft, definitions);
    run(draft);
    const segments = finishDraft(draft);
    await write(store, ownership.token, draft.writes);
    store.env.resetReadTxn();
    state = draft.state;
    for (const { stream, first, bytes } of segments) recent.add(stream, decodeSegment(first, bytes));
    for (const [key, sequence] of draft.ids) window.add(key, sequence, draft.now);
    waiting.wake(state);
    room?.committed(segments.reduce((sum, { bytes }) => sum + bytes.length, 0));
    if (more) sweepOn(committer);
  }, happened);

  const close = async () => {
    await committer.close();
    try {
      await room?.close();
    } finally {
      await store.env.close();
      ownership.release();
    }
  };
  try {
    // The first commit makes the streams: their identity must outlive this process even if nothing is appended.
    await committer.submit(0, () => undefined);
    room = await openRoom(path, store.env);
  } catch (error) {
    await close();
    throw error;
  }
  const sweeping = setInterval(() => {
    const aged = definitions.some((definition) => needsSweep(stateOf(state, definition.name), definition, clock.now()));
    if (aged) sweepOn(committer);
  }, idleSweepMs).unref();

  const work = openEmbeddedWork(store, committer, window, options.work ?? defaultWork);
  return createLog({ store, state: () => state, recent, waiting }, committer, window, definitions, work, async () => {
    clearInterval(sweeping);
    work.close();
    await close();
  });
}

/** Claimed before anything is read: what the one before writes until then is not lost. */
async function openOwned(
  path: string,
  definitions: readonly StreamDefinition[],
  { token, release }: Ownership,
): Promise<Store> {
  let store: Store | undefined;
  try {
    store = openStore(path, definitions);
    await claim(store, token);
    return store;
  } catch (error) {
    await store?.env.close();
    release();
    throw new WeirError('config-invalid', `the log in ${path} cannot be opened: ${messageOf(error)}`, { cause: error });
  }
}

/** An empty commit, for the retention that comes with each. If it fails, the committer tells so. */
function sweepOn(committer: Committer<Draft>): void {
  committer.submit(0, () => undefined).catch(() => undefined);
}

function createLog(
  committed: Committed,
  committer: Committer<Draft>,
  window: IdWindow,
  definitions: readonly StreamDefinition[],
  work: WorkQueue,
  close: () => Promise<void>,
): Log {
  const { store } = committed;
  let closing: Promise<void> | undefined;
  const readers = new Set<{ close(): Promise<void> }>();
  return {
    kind: 'embedded',
    async append(message) {
      const definition = checkMessage(definitions, message);
      return committer.submit(message.data.length, (draft) => appendTo(draft, window, definition, message));
    },
    read(stream, options) {
      const reader = createEmbeddedReader(committed, stream, options);
      readers.add(reader);
      return {
        next: (wait) => reader.next(wait),
        close() {
          readers.delete(reader);
          return reader.close();
        },
      };
    },
    at: async (stream, sequence) => messageAt(committed, stream, sequence),
    next: (stream, subject, after) => nextMessage(committed, stream, subject, after),
    last: async (stream, subject) => lastMessage(committed, stream, subject),
    async info(stream) {
      const { created, first, last, bytes } = stateOf(committed.state(), stream);
      return { created, firstSequence: first, lastSequence: last, messages: last - first + 1, bytes };
    },
    trim: (stream, through) => committer.submit(0, (draft) => trimTo(draft, stream, through)),
    work,
    kv: createEmbeddedKeyValue(store, committer),
    blobs: createEmbeddedBlobs(store, committer),
    healthy: committer.healthy,
    close() {
      closing ??= Promise.all([...readers].map((reader) => reader.close())).then(close);
      return closing;
    },
  };
}
