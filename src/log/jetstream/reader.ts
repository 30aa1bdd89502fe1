import { setTimeout as delay } from 'node:timers/promises';
import { WeirError } from '../../core/errors.ts';
import type { LogMessage, LogReader, ReadOptions, StreamName } from '../log.ts';
import { beyondEnd } from '../position.ts';
import { requestTimeoutMs, type Connection } from './connection.ts';
import { openPull, type Pull } from './pull.ts';

/** Between attempts to make a consumer that the server refuses. */
const retryMs = 500;

/**
 * A reader of a whole stream. Its consumer is nothing but a helper: unnamed, without acknowledgements, made again from
 * the last message delivered whenever the connection breaks, the server forgets it or its numbering skips.
 *
 * One request for `maxMessages` is out at a time, and the next goes out when a batch is handed over: so it holds one
 * batch at most besides the one it gave, and the next is under way while the caller works.
 */
export function createJetStreamReader(connection: Connection, stream: StreamName, options: ReadOptions): LogReader {
  const { maxMessages } = options;
  let position = options.after;
  /** Log time of the last message delivered. */
  let storedAt: number | undefined;
  let held: LogMessage[] = [];
  let atEdge = false;
  let pull: Pull | undefined;
  let opening = false;
  let created: string | undefined;
  let mismatch: WeirError | undefined;
  let closed = false;
  let changed: () => void = () => undefined;

  function deliver(message: LogMessage, pending: boolean): void {
    position = message.sequence;
    storedAt = message.storedAt;
    held.push(message);
    atEdge = !pending;
  }

  /** What is held goes out once it is a whole batch, or all there is, or all there will be for now. */
  const isReady = () =>
    closed ||
    mismatch !== undefined ||
    (held.length > 0 && (atEdge || held.length >= maxMessages || !pull || pull.outstanding() === 0));

  /** Sees to it that messages are on their way: asks for more, or makes the consumer (again). */
  function pullMore(): void {
    if (opening) return;
    if (pull && !pull.isBroken()) return pull.request(maxMessages);
    pull?.close();
    pull = undefined;
    opening = true;
    void open().finally(() => {
      opening = false;
      changed();
    });
  }

  async function open(): Promise<void> {
    try {
      await checkStream();
      if (mismatch) return;
      const opened = await openPull(connection, { stream, after: position, deliver, changed: () => changed() });
      if (closed) return opened.close();
      pull = opened;
    } catch {
      // That the server is away was told by the connection; what else it refused it may take the next time.
      await delay(retryMs, undefined, { ref: false });
      await connection.untilConnected(requestTimeoutMs);
    }
  }

  /** The server may come back with another log than it had: restored from a backup, or made anew. */
  async function checkStream(): Promise<void> {
    const info = await connection.ask(`reading ${stream}`, () => connection.jsm.streams.info(stream));
    created ??= info.created;
    mismatch = beyondEnd(stream, position, info.state.last_seq) ?? (await rewritten());
    if (created !== info.created) mismatch = new WeirError('log-mismatch', `${stream} was made anew under its reader`);
  }

  /** An earlier log that was written on may be as long by now as what was read of the one before. */
  async function rewritten(): Promise<WeirError | undefined> {
    if (storedAt === undefined) return undefined;
    const seq = position;
    const there = await connection.ask(`reading ${stream}`, () => connection.jsm.direct.getMessage(stream, { seq }));
    if (!there || Date.parse(there.timestamp) === storedAt) return undefined;
    return new WeirError('log-mismatch', `${stream} has another message at ${seq} than was read there before`);
  }

  function untilChanged(waitMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs);
      changed = () => {
        clearTimeout(timer);
        changed = () => undefined;
        resolve();
      };
    });
  }

  return {
    async next({ waitMs } = {}) {
      const deadline = waitMs === undefined ? undefined : performance.now() + waitMs;
      while (!isReady()) {
        const leftMs = deadline === undefined ? undefined : deadline - performance.now();
        if (leftMs !== undefined && leftMs <= 0) break;
        pullMore();
        await untilChanged(leftMs);
      }
      if (closed) return [];
      if (mismatch && held.length === 0) throw mismatch;
      const batch = held;
      held = [];
      if (pull) pullMore();
      return batch;
    },
    async close() {
      closed = true;
      changed();
      pull?.close();
    },
  };
}
