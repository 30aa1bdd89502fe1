import type { Clock } from '../../src/core/clock.ts';
import { WeirError, type ErrorCode } from '../../src/core/errors.ts';
import type {
  Appended,
  Blobs,
  KeyValue,
  Log,
  LogMessage,
  LogReader,
  NewMessage,
  StreamName,
  WorkQueue,
} from '../../src/log/log.ts';
import { createLeases } from '../../src/log/embedded/leases.ts';
import { beyondEnd } from '../../src/log/position.ts';
import { defaultWork, duplicateWindowMs } from '../../src/log/streams.ts';
import { subjectMatches } from '../../src/log/subjects.ts';

/** A log in memory, true to the port, with handles to make it fail. For unit tests: nothing is durable, nothing ages. */
export interface MemoryLog extends Log {
  /** Every append (to one stream, if named) rejects with this from now on; undefined: it works again. Readers go on. */
  failAppends(code: ErrorCode | undefined, stream?: StreamName): void;
  /** The JSON of every message of a stream, in order. */
  jsonOf(stream: StreamName): readonly unknown[];
  messagesOf(stream: StreamName): readonly LogMessage[];
  /** The log is another one from now on: a new creation time, nothing in it. */
  recreate(stream: StreamName): void;
  /** Restores a stream to an earlier state: what comes after the sequence is gone. */
  cut(stream: StreamName, after: number): void;
}

interface StreamState {
  created: string;
  lastSequence: number;
  messages: LogMessage[];
  readonly lastOf: Map<string, number>;
  readonly ids: Map<string, { readonly sequence: number; readonly at: number }>;
}

export function createMemoryLog(clock: Clock): MemoryLog {
  const streams = new Map<StreamName, StreamState>();
  const waiting = new Set<() => void>();
  let failing: ErrorCode | undefined;
  let failingStream: StreamName | undefined;
  let made = 0;

  const stateOf = (name: StreamName): StreamState => {
    const known = streams.get(name);
    if (known) return known;
    made += 1;
    const fresh: StreamState = {
      created: new Date(clock.now() + made).toISOString(),
      lastSequence: 0,
      messages: [],
      ids: new Map(),
      lastOf: new Map(),
    };
    streams.set(name, fresh);
    return fresh;
  };

  const wake = () => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  const store = (message: NewMessage): Appended => {
    const state = stateOf(message.stream);
    const now = clock.now();
    const known = message.id === undefined ? undefined : state.ids.get(message.id);
    if (known && now - known.at < duplicateWindowMs) return { kind: 'duplicate', sequence: known.sequence };
    const newest = state.lastOf.get(message.subject) ?? 0;
    const last = newest >= (state.messages[0]?.sequence ?? state.lastSequence + 1) ? newest : 0;
    if (message.expectLast !== undefined && message.expectLast !== last) return { kind: 'moved' };
    state.lastSequence += 1;
    const sequence = state.lastSequence;
    state.lastOf.set(message.subject, sequence);
    state.messages.push({ sequence, subject: message.subject, storedAt: now, data: Uint8Array.from(message.data) });
    if (message.id !== undefined) state.ids.set(message.id, { sequence, at: now });
    wake();
    return { kind: 'appended', sequence };
  };

  return {
    kind: 'embedded',
    append: async (message) => {
      const affected = failingStream === undefined || failingStream === message.stream;
      if (failing && affected) throw new WeirError(failing, 'The log was told to fail.');
      return store(message);
    },
    read: (stream, options) => createReader(stream, () => stateOf(stream), waiting, options),
    at: async (stream, sequence) => stateOf(stream).messages.find((each) => each.sequence === sequence),
    next: async (stream, subject, after) =>
      stateOf(stream).messages.find((each) => each.sequence > after && subjectMatches(subject, each.subject)),
    last: async (stream, subject) => stateOf(stream).messages.findLast((each) => each.subject === subject),
    info: async (stream) => {
      const { created, lastSequence, messages } = stateOf(stream);
      const bytes = messages.reduce((sum, each) => sum + each.data.byteLength, 0);
      const firstSequence = messages[0]?.sequence ?? lastSequence + 1;
      return { created, firstSequence, lastSequence, messages: messages.length, bytes };
    },
    trim: async (stream, through) => {
      const state = stateOf(stream);
      state.messages = state.messages.filter((each) => each.sequence > through);
    },
    work: createMemoryWork(),
    kv: createMemoryKeyValue(),
    blobs: createMemoryBlobs(),
    healthy: () => failing === undefined,
    close: async () => wake(),
    failAppends: (code, stream) => {
      failing = code;
      failingStream = stream;
    },
    jsonOf: (stream) => stateOf(stream).messages.map((each): unknown => JSON.parse(Buffer.from(each.data).toString())),
    messagesOf: (stream) => stateOf(stream).messages,
    recreate: (stream) => {
      streams.delete(stream);
      wake();
    },
    cut: (stream, after) => {
      const state = stateOf(stream);
      state.messages = state.messages.filter((each) => each.sequence <= after);
      state.lastSequence = after;
      wake();
    },
  };
}

function createReader(
  stream: StreamName,
  state: () => StreamState,
  waiting: Set<() => void>,
  options: { readonly after: number; readonly maxMessages: number },
): LogReader {
  const { created } = state();
  let after = options.after;
  let closed = false;
  let resume: (() => void) | undefined;
  const take = () => {
    const { messages: all, lastSequence, created: now } = state();
    if (now !== created) throw new WeirError('log-mismatch', `${stream} was made anew`);
    const mismatch = beyondEnd(stream, after, lastSequence);
    if (mismatch) throw mismatch;
    const first = all[0]?.sequence ?? 0;
    const from = Math.max(0, after + 1 - first);
    return all.slice(from, from + options.maxMessages);
  };
  const wait = (waitMs: number | undefined) =>
    new Promise<void>((resolve) => {
      const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
      resume = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(resume);
    });
  return {
    next: async ({ waitMs } = {}) => {
      const deadline = waitMs === undefined ? Infinity : performance.now() + waitMs;
      for (;;) {
        if (closed) return [];
        const batch = take();
        after = batch.at(-1)?.sequence ?? after;
        if (batch.length > 0 || performance.now() >= deadline) return batch;
        await wait(waitMs);
        if (resume) waiting.delete(resume);
      }
    },
    close: async () => {
      closed = true;
      resume?.();
    },
  };
}

function createMemoryWork(): WorkQueue {
  const items = new Map<number, { readonly org: string; readonly data: Uint8Array; deliveries: number }>();
  const ids = new Set<string>();
  const leases = createLeases(
    {
      deliver(sequence) {
        const item = items.get(sequence);
        if (item) item.deliveries += 1;
        return item;
      },
      remove: async (sequence) => void items.delete(sequence),
    },
    defaultWork,
  );
  return {
    async add({ org, id, data }) {
      if (ids.has(id)) return 'duplicate';
      ids.add(id);
      items.set(ids.size, { org, data: Uint8Array.from(data), deliveries: 0 });
      leases.offer(ids.size);
      return 'added';
    },
    take: leases.take,
    waiting: async () => leases.waiting,
  };
}

function createMemoryKeyValue(): KeyValue {
  const values = new Map<string, { readonly value: Uint8Array; readonly revision: number }>();
  let revisions = 0;
  return {
    get: async (key) => values.get(key),
    put: async (key, value, expected) => {
      if ((values.get(key)?.revision ?? 0) !== expected) return { kind: 'moved' };
      revisions += 1;
      values.set(key, { value: Uint8Array.from(value), revision: revisions });
      return { kind: 'stored', revision: revisions };
    },
    keys: async (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
    delete: async (key, expected) => {
      if (expected === undefined || values.get(key)?.revision === expected) values.delete(key);
    },
  };
}

function createMemoryBlobs(): Blobs {
  const values = new Map<string, Uint8Array>();
  return {
    put: async (name, data) => void values.set(name, Uint8Array.from(data)),
    get: async (name) => values.get(name),
    list: async (prefix) => [...values.keys()].filter((name) => name.startsWith(prefix)),
    delete: async (name) => void values.delete(name),
  };
}
