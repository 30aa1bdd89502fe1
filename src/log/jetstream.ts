import type { StoredMsg } from '@nats-io/jetstream';
import { isWeirError, WeirError } from '../core/errors.ts';
import { aborted, pause } from '../core/pause.ts';
import { createJetStreamBlobs } from './jetstream/blobs.ts';
import {
  demandPayload,
  openConnection,
  reconnectWaitMs,
  requestTimeoutMs,
  type Connection,
} from './jetstream/connection.ts';
import { lacksRoom } from './jetstream/errors.ts';
import { createPublisher } from './jetstream/publisher.ts';
import { createJetStreamReader } from './jetstream/reader.ts';
import { createSharedReaders } from './jetstream/shared.ts';
import { ensureBlobsStream, ensureStream } from './jetstream/streams.ts';
import { openJetStreamKeyValue } from './jetstream/values.ts';
import { openJetStreamWork } from './jetstream/work.ts';
import { checkMessage } from './limits.ts';
import type { Log, LogHappenings, LogMessage, LogReader, WorkTaker } from './log.ts';
import {
  defaultRetention,
  defaultWork,
  sizesOf,
  type Sizes,
  type StreamDefinition,
  type WorkSettings,
} from './streams.ts';

export interface JetStreamLogOptions {
  /** `nats://[user:password@|token@]host:port`, several with commas between; `tls://` for TLS. */
  readonly url: string;
  readonly definitions: readonly StreamDefinition[];
  readonly work?: WorkSettings;
  /** What blobs and key-value may take. */
  readonly sizes?: Pick<Sizes, 'blobs' | 'values'>;
  /** How long a server that is away is waited for, ms. Default {@link startPatienceMs}. */
  readonly patienceMs?: number;
  /** Whoever aborts it does not wait any longer. */
  readonly signal?: AbortSignal;
  readonly happened: LogHappenings;
}

/** A server that is restarted is back by then; nobody dials again after it. */
export const startPatienceMs = 30_000;

/**
 * The log on NATS JetStream; nats-server 2.9 is enough. Makes the streams that are not there and brings the others to
 * what is configured. The connection comes back by itself, for ever; what is asked meanwhile waits at most 5 s.
 *
 * Rejects with `log-unavailable` where no server has answered within `patienceMs`, and with `config-invalid`, at once, where it does not let
 * weir in, has no JetStream, no room, too small a `max_payload`, or a stream on which weir's promises do not hold (`num_replicas` above 1, kept in memory). Rejects with
 * the signal's reason as soon as that is aborted.
 */
export async function createJetStreamLog(options: JetStreamLogOptions): Promise<Log> {
  const { signal } = options;
  const opening = untilOpen(options);
  if (!signal) return opening;
  try {
    return await Promise.race([opening, aborted(signal)]);
  } catch (error) {
    // What opens now is wanted by nobody, and whether it closes well is nothing to whoever has left.
    if (signal.aborted) opening.then((log) => log.close()).catch(() => undefined);
    throw error;
  }
}

async function untilOpen(options: JetStreamLogOptions): Promise<Log> {
  const { patienceMs = startPatienceMs, happened, signal } = options;
  const began = performance.now();
  const passedMs = () => Math.round(performance.now() - began);
  for (let tries = 1; ; tries += 1) {
    try {
      const log = await open(options);
      if (tries > 1) happened.logReconnected(passedMs());
      return log;
    } catch (error) {
      if (!isWeirError(error, 'log-unavailable') || passedMs() >= patienceMs) throw error;
      if (tries === 1) happened.logDisconnected(error.message);
      await pause(reconnectWaitMs, signal);
      signal?.throwIfAborted();
    }
  }
}

async function open(options: JetStreamLogOptions): Promise<Log> {
  const { url, definitions, happened, work: settings = defaultWork, sizes = sizesOf(defaultRetention) } = options;
  const connection = await openConnection(url, happened);
  const { jsm } = connection;
  try {
    demandPayload(connection.nc);
    for (const definition of definitions)
      await connection.ask(`making the stream ${definition.name}`, () => ensureStream(jsm, definition));
    await connection.ask('making the stream of blobs', () => ensureBlobsStream(jsm, sizes.blobs));
    const kv = await openJetStreamKeyValue(connection, sizes.values);
    const work = await openJetStreamWork(connection, settings);
    return createLog(connection, definitions, { kv, work, blobs: createJetStreamBlobs(connection) });
  } catch (error) {
    await connection.close();
    if (!(isWeirError(error) && lacksRoom(error.cause))) throw error;
    const parts = [...definitions.map(({ maxBytes }) => maxBytes), settings.maxBytes, sizes.blobs, sizes.values];
    throw noRoom(
      error,
      parts.reduce((sum, bytes) => sum + bytes, 0),
    );
  }
}

function noRoom(error: WeirError, bytes: number): WeirError {
  const whatToDo = 'give nats-server as much (max_file_store) and the disk for it, or lower retention.maxBytes';
  return new WeirError(
    'config-invalid',
    `${error.message}. The log reserves ${(bytes / 1024 ** 3).toFixed(1)} GiB: ${whatToDo}`,
    { cause: error },
  );
}

function createLog(
  connection: Connection,
  definitions: readonly StreamDefinition[],
  { kv, work, blobs }: Pick<Log, 'kv' | 'work' | 'blobs'>,
): Log {
  const { jsm } = connection;
  const publisher = createPublisher(connection, requestTimeoutMs);
  const readers = new Set<LogReader | WorkTaker>();
  const readShared = createSharedReaders(
    (stream, options) => createJetStreamReader(connection, stream, options),
    connection.onLost,
  );
  return {
    kind: 'jetstream',
    async append(message) {
      checkMessage(definitions, message);
      return connection.ask(`appending to ${message.stream}`, () => publisher.publish(message));
    },
    read(stream, options) {
      const reader = readShared(stream, options);
      const known: LogReader = {
        next: (wait) => reader.next(wait),
        close() {
          readers.delete(known);
          return reader.close();
        },
      };
      readers.add(known);
      return known;
    },
    at: (stream, seq) =>
      connection.ask(`reading ${stream}`, async () => asMessage(await jsm.direct.getMessage(stream, { seq }))),
    next: (stream, subject, after) =>
      connection.ask(`reading ${stream}`, async () =>
        asMessage(await jsm.direct.getMessage(stream, { seq: after + 1, next_by_subj: subject })),
      ),
    last: (stream, subject) =>
      connection.ask(`reading ${stream}`, async () =>
        asMessage(await jsm.direct.getMessage(stream, { last_by_subj: subject })),
      ),
    info: (stream) =>
      connection.ask(`looking at ${stream}`, async () => {
        const { created, state } = await jsm.streams.info(stream);
        const { messages, bytes, last_seq: lastSequence } = state;
        return {
          created,
          firstSequence: messages === 0 ? lastSequence + 1 : state.first_seq,
          lastSequence,
          messages,
          bytes,
        };
      }),
    trim: (stream, through) =>
      connection.ask(`trimming ${stream}`, async () => {
        // A purge beyond the end would move the end.
        const { state } = await jsm.streams.info(stream);
        const last = Math.min(through, state.last_seq);
        // To the server, up to the first message means all, also what came meanwhile.
        if (last > 0) await jsm.streams.purge(stream, { seq: last + 1 });
      }),
    work: {
      ...work,
      take(options) {
        const taker = work.take(options);
        readers.add(taker);
        return taker;
      },
    },
    kv,
    blobs,
    healthy: connection.connected,
    async close() {
      await Promise.all([...readers].map((reader) => reader.close()));
      await connection.close();
    },
  };
}

function asMessage(message: Pick<StoredMsg, 'seq' | 'subject' | 'timestamp' | 'data'> | null): LogMessage | undefined {
  if (!message) return undefined;
  // Only the milliseconds of the nanoseconds, as the reader has it.
  return {
    sequence: message.seq,
    subject: message.subject,
    storedAt: Date.parse(message.timestamp),
    data: message.data,
  };
}
