/**
 * P The log: one durable, ordered log of streams; everything else reads it with a position of its own.
 *
 * What may be relied on, by whatever adapter:
 * - `append` resolves after the message is durable against the death of this process (and, on JetStream, of the server).
 *   A message id seen within the duplicate window (10 min) is answered `duplicate`, with the first copy's sequence.
 *   With `expectLast`, it is stored only while that subject's last sequence is that one (0: the subject has none), else `moved`.
 *   A full stream refuses (`log-full`) and never drops the unread; a log that is away rejects with `log-unavailable`:
 *   then the message may have been stored all the same.
 * - sequences of a stream rise by one; a reader sees them in order, each once, with no gap but at the stream's head
 *   (retention), which shows as a first sequence beyond `after + 1`. Use `position.ts` to tell.
 * - nothing above this port knows which adapter it has.
 */
export interface Log {
  readonly kind: 'jetstream' | 'embedded';
  append(message: NewMessage): Promise<Appended>;
  /** A reader of a whole stream from `after` on (0: from its first message). Catching up and live are the same. */
  read(stream: StreamName, options: ReadOptions): LogReader;
  /** The message at a sequence; undefined where there is none (any more). */
  at(stream: StreamName, sequence: number): Promise<LogMessage | undefined>;
  /** The first message after a sequence whose subject matches (NATS wildcards `*` and `>`). */
  next(stream: StreamName, subject: string, after: number): Promise<LogMessage | undefined>;
  /** The newest message of a subject (no wildcards). */
  last(stream: StreamName, subject: string): Promise<LogMessage | undefined>;
  info(stream: StreamName): Promise<StreamInfo>;
  /** Removes all messages with `sequence ≤ through`: for queues that keep a message until it is worked off. */
  trim(stream: StreamName, through: number): Promise<void>;
  readonly work: WorkQueue;
  readonly kv: KeyValue;
  readonly blobs: Blobs;
  /** Whether the log answers now; for readiness. */
  healthy(): boolean;
  close(): Promise<void>;
}

/** What can be had of a log from another thread: whoever opened it keeps the queue of work, and closes it. */
export type SharedLog = Omit<Log, 'work' | 'trim' | 'healthy' | 'close'>;

export type StreamName = 'EVENTS' | 'SIGNALS' | 'ALERTS' | 'DEADLETTERS' | 'INTAKE' | 'RUNS' | 'AUDIT';

export interface NewMessage {
  readonly stream: StreamName;
  readonly subject: string;
  /** Not to be changed before the append has resolved. */
  readonly data: Uint8Array;
  /** Message id, for the duplicate window. */
  readonly id?: string;
  /** The expected last sequence of `subject`. */
  readonly expectLast?: number;
}

export type Appended =
  | { readonly kind: 'appended'; readonly sequence: number }
  | { readonly kind: 'duplicate'; readonly sequence: number }
  | { readonly kind: 'moved' };

export interface LogMessage {
  readonly sequence: number;
  readonly subject: string;
  /** Log time: when it was stored, milliseconds since 1970. */
  readonly storedAt: number;
  readonly data: Uint8Array;
}

export interface ReadOptions {
  /** Deliver what comes after this sequence. */
  readonly after: number;
  /** The most messages `next` gives at once. What the reader holds beyond that is at most one batch more. */
  readonly maxMessages: number;
  /**
   * Of EVENTS, whose messages the reader works. Others may come without subject and bytes, a little later, and twice as many at once: a
   * thread is not woken for them. Absent: all.
   */
  readonly partitions?: readonly number[];
}

/** Pulls. Nothing is read ahead beyond one batch: back-pressure is how seldom `next` is called. */
export interface LogReader {
  /**
   * The next messages, at least one, in order; waits for them, through reconnects. Empty only when closed,
   * or when `waitMs` passed without any. Rejects with `log-mismatch` where the log ends before what was read already,
   * has another message there, or was made anew under the reader: going on would skip in silence. One call at a time.
   */
  next(options?: { readonly waitMs?: number }): Promise<readonly LogMessage[]>;
  close(): Promise<void>;
}

export interface StreamInfo {
  /** When the stream was made: its identity. A log that was made anew has another. RFC 3339. */
  readonly created: string;
  /** First sequence still there; lastSequence + 1 when empty. */
  readonly firstSequence: number;
  /** Last sequence ever given; 0 before the first. */
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
}

/**
 * The stream WORK: things to do, each of which stays until it is done. An item goes to one taker at a time. Whoever took it says so
 * when it is done, later, or still at it; who says nothing for `WorkSettings.leaseMs` counts as dead, and the item goes to somebody
 * again. Taken and not settled are at most `inFlightMax` of all daemons' items; the others wait. So an item comes at least once, about in the
 * order they were added.
 */
export interface WorkQueue {
  /** Of an id seen within the duplicate window (10 min) nothing is added. Rejects as `append` does. */
  add(item: { readonly org: string; readonly id: string; readonly data: Uint8Array }): Promise<'added' | 'duplicate'>;
  /** Hands items to `handle` until it is closed, as long as it holds fewer than `atOnce` unsettled ones. `handle` must not throw. */
  take(options: { readonly atOnce: number; handle(item: WorkItem): void }): WorkTaker;
  /** Items not done yet, taken or not. */
  waiting(): Promise<number>;
}

export interface WorkItem {
  readonly org: string;
  readonly data: Uint8Array;
  /**
   * 1 for the first time it is handed to anybody; more after a lease ran out or `later`. Counted durably no later than what its taker
   * appends first; a crash before that may lose this one.
   */
  readonly deliveries: number;
  /** It is done: it will not come again. Resolves when that is durable. */
  done(): Promise<void>;
  /** It shall come again, to anybody, after so long; ms. A restart of the log may cut that short. */
  later(delayMs: number): void;
  /** Still at it: the lease begins anew. */
  progress(): void;
}

export interface WorkTaker {
  /** Takes no more. What it holds can still be settled. */
  close(): Promise<void>;
}

/** Small values under a key (`[A-Za-z0-9_.-]+`), each with a revision. */
export interface KeyValue {
  get(key: string): Promise<{ readonly value: Uint8Array; readonly revision: number } | undefined>;
  /** Stores only while the key's revision is `expected` (0: it does not exist). The new revision, or `moved`. */
  put(
    key: string,
    value: Uint8Array,
    expected: number,
  ): Promise<{ kind: 'stored'; revision: number } | { kind: 'moved' }>;
  keys(prefix: string): Promise<readonly string[]>;
  /** With `expected` only while the key's revision is that one: what somebody else has put there since stays. */
  delete(key: string, expected?: number): Promise<void>;
}

/** Values larger than a message, under a name (`[A-Za-z0-9_.-]+`). A put replaces whole; a reader never sees half. */
export interface Blobs {
  /** `data` is not to be changed before it resolves. */
  put(name: string, data: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | undefined>;
  list(prefix: string): Promise<readonly string[]>;
  delete(name: string): Promise<void>;
}

/** What the log tells of itself. */
export interface LogHappenings {
  logDisconnected(reason: string): void;
  logReconnected(awayMs: number): void;
}
