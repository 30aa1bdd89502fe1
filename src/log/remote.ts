import { createWaiters } from '../core/waiters.ts';
import type {
  Appended,
  KeyValue,
  LogMessage,
  LogReader,
  NewMessage,
  ReadOptions,
  SharedLog,
  StreamInfo,
  StreamName,
} from './log.ts';
import { pack, unpack, type Packed } from './packed.ts';
import { createShareReader } from './share.ts';

/** The log as calls from another thread. Messages come packed: what a log gives are views into memory of its own. */
export interface LogCalls {
  append(message: NewMessage): Promise<Appended>;
  /** Under a number that the caller chooses, one for each reader. */
  openReader(reader: number, stream: StreamName, options: ReadOptions): Promise<void>;
  /** Waits for them. None: the reader is closed. */
  nextMessages(reader: number): Promise<Packed>;
  closeReader(reader: number): Promise<void>;
  /** None or one, as of the next two. */
  messageAt(stream: StreamName, sequence: number): Promise<Packed>;
  nextMessage(stream: StreamName, subject: string, after: number): Promise<Packed>;
  lastMessage(stream: StreamName, subject: string): Promise<Packed>;
  streamInfo(stream: StreamName): Promise<StreamInfo>;
  getValue(key: string): ReturnType<KeyValue['get']>;
  putValue(key: string, value: Uint8Array, expected: number): ReturnType<KeyValue['put']>;
  valueKeys(prefix: string): Promise<readonly string[]>;
  deleteValue(key: string, expected?: number): Promise<void>;
  putBlob(name: string, data: Uint8Array): Promise<void>;
  getBlob(name: string): Promise<Uint8Array | undefined>;
  listBlobs(prefix: string): Promise<readonly string[]>;
  deleteBlob(name: string): Promise<void>;
}

/** Answers such calls with this log. */
export function serveLog(log: SharedLog): LogCalls {
  const readers = new Map<number, LogReader>();
  const packed = (message: LogMessage | undefined): Packed => pack(message ? [message] : []);
  return {
    append: (message) => log.append(message),
    async openReader(reader, stream, options) {
      const { partitions, maxMessages } = options;
      const whole = log.read(stream, options);
      readers.set(reader, partitions ? createShareReader(whole, { partitions, maxMessages }) : whole);
    },
    async nextMessages(reader) {
      const open = readers.get(reader);
      if (!open) throw new RangeError(`There is no reader ${reader}.`);
      return pack(await open.next());
    },
    async closeReader(reader) {
      const closing = readers.get(reader);
      readers.delete(reader);
      await closing?.close();
    },
    messageAt: async (stream, sequence) => packed(await log.at(stream, sequence)),
    nextMessage: async (stream, subject, after) => packed(await log.next(stream, subject, after)),
    lastMessage: async (stream, subject) => packed(await log.last(stream, subject)),
    streamInfo: (stream) => log.info(stream),
    async getValue(key) {
      const held = await log.kv.get(key);
      return held && { ...held, value: own(held.value) };
    },
    putValue: (key, value, expected) => log.kv.put(key, value, expected),
    valueKeys: (prefix) => log.kv.keys(prefix),
    deleteValue: (key, expected) => log.kv.delete(key, expected),
    putBlob: (name, data) => log.blobs.put(name, data),
    async getBlob(name) {
      const data = await log.blobs.get(name);
      return data && own(data);
    },
    listBlobs: (prefix) => log.blobs.list(prefix),
    deleteBlob: (name) => log.blobs.delete(name),
  };
}

/** The log of another thread, by such calls. */
export function createRemoteLog(kind: SharedLog['kind'], calls: LogCalls): SharedLog {
  let readers = 0;
  const one = (packed: Packed): LogMessage | undefined => [...unpack(packed)][0];
  return {
    kind,
    append: (message) => calls.append({ ...message, data: own(message.data) }),
    read(stream, options) {
      readers += 1;
      return createRemoteReader(calls, readers, calls.openReader(readers, stream, options));
    },
    at: async (stream, sequence) => one(await calls.messageAt(stream, sequence)),
    next: async (stream, subject, after) => one(await calls.nextMessage(stream, subject, after)),
    last: async (stream, subject) => one(await calls.lastMessage(stream, subject)),
    info: (stream) => calls.streamInfo(stream),
    kv: {
      get: (key) => calls.getValue(key),
      put: (key, value, expected) => calls.putValue(key, own(value), expected),
      keys: (prefix) => calls.valueKeys(prefix),
      delete: (key, expected) => calls.deleteValue(key, expected),
    },
    blobs: {
      put: (name, data) => calls.putBlob(name, data),
      get: (name) => calls.getBlob(name),
      list: (prefix) => calls.listBlobs(prefix),
      delete: (name) => calls.deleteBlob(name),
    },
  };
}

/** Asks for the next messages when it hands out the last ones, so that they come while those are worked off. */
function createRemoteReader(calls: LogCalls, reader: number, opened: Promise<void>): LogReader {
  const arrivals = createWaiters();
  let arrived: { readonly packed: Packed } | { readonly error: unknown } | undefined;
  let asking = false;
  let closed = false;

  async function ask(): Promise<void> {
    asking = true;
    try {
      await opened;
      arrived = { packed: await calls.nextMessages(reader) };
    } catch (error) {
      // Told to whoever calls `next`, even if that is later.
      arrived = { error };
    } finally {
      asking = false;
      arrivals.happened();
    }
  }

  return {
    async next({ waitMs } = {}) {
      if (!arrived && !asking) void ask();
      if (!arrived && !closed) await arrivals.next(waitMs);
      if (!arrived || closed) return [];
      const came = arrived;
      arrived = undefined;
      if ('error' in came) throw came.error;
      void ask();
      return [...unpack(came.packed)];
    },
    async close() {
      closed = true;
      arrivals.happened();
      await opened;
      await calls.closeReader(reader);
    },
  };
}

/** Bytes with no others in their memory: a copy for another thread is one of all the memory they lie in. */
const own = (data: Uint8Array): Uint8Array =>
  data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data);
