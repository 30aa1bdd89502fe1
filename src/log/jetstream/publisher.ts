import { JetStreamApiError } from '@nats-io/jetstream';
import { createInbox, headers, PermissionViolationError, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { z } from 'zod';
import { WeirError } from '../../core/errors.ts';
import type { Appended, NewMessage } from '../log.ts';
import type { Connection } from './connection.ts';
import { isMoved } from './errors.ts';

/**
 * Appends, and hears of each what its stream says. All share one inbox and one watch: the client's own `publish` makes a timer and four
 * promises for each, and of each answer an Error with its stack, a tenth of the main thread's time at a thousand events a second.
 */
export interface Publisher {
  /**
   * Rejects with a `JetStreamApiError` where the stream refuses, with a `PermissionViolationError` where the server does, and with
   * `log-unavailable` where nobody has the stream, the connection breaks, or nothing is heard: it may be stored all the same.
   */
  publish(message: NewMessage): Promise<Appended>;
}

/** What failed names a stream and a sequence, too. */
const ackShape = z.union([
  z.object({ error: z.undefined().optional(), stream: z.string(), seq: z.number(), duplicate: z.boolean().optional() }),
  z.object({
    error: z.object({ code: z.number(), err_code: z.number().default(0), description: z.string().default('') }),
  }),
]);

interface Waiting {
  readonly subject: string;
  /** ms of `performance.now`. */
  readonly until: number;
  resolve(appended: Appended): void;
  reject(error: unknown): void;
}

const noResponders = 503;

/** `waitMs`: for an answer. Up to a quarter more may pass. */
export function createPublisher({ nc, onLost }: Connection, waitMs: number): Publisher {
  const inbox = createInbox();
  /** By the last token of the answer's subject, the oldest first: all wait equally long. */
  const waiting = new Map<string, Waiting>();
  let asked = 0;

  // An error is about the subscription, and the end of it: the server lets nobody hear answers.
  const listen = () =>
    nc.subscribe(`${inbox}.*`, {
      callback: (error, message) => (error ? giveUp(() => true, error.message) : receive(message)),
    });
  let answers = listen();
  const watch = setInterval(giveUpOld, waitMs / 4).unref();
  onLost(() => giveUp(() => true, 'the connection broke'));
  void untilClosed();

  function take(token: string): Waiting | undefined {
    const found = waiting.get(token);
    waiting.delete(token);
    return found;
  }

  function receive(message: Msg): void {
    const asker = take(message.subject.slice(inbox.length + 1));
    // Given up meanwhile.
    if (!asker) return;
    try {
      asker.resolve(appendedOf(message));
    } catch (error) {
      if (isMoved(error)) asker.resolve({ kind: 'moved' });
      else asker.reject(error);
    }
  }

  function giveUpOld(): void {
    const now = performance.now();
    giveUp(({ until }) => until <= now, `no answer for ${waitMs} ms`);
  }

  function giveUp(isDue: (asker: Waiting) => boolean, why: string): void {
    for (const [token, asker] of waiting) {
      if (!isDue(asker)) return;
      waiting.delete(token);
      asker.reject(new WeirError('log-unavailable', `${why}; it may be stored all the same`));
    }
  }

  /** The server names the subject that it let nobody publish to, not the message. */
  async function untilClosed(): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type !== 'error' || !(status.error instanceof PermissionViolationError)) continue;
      const { subject, operation } = status.error;
      if (operation !== 'publish') continue;
      for (const [token, asker] of waiting) if (asker.subject === subject) take(token)?.reject(status.error);
    }
    clearInterval(watch);
  }

  return {
    publish: (message) =>
      new Promise((resolve, reject) => {
        // It may let somebody by now.
        if (answers.isClosed()) answers = listen();
        asked += 1;
        const token = asked.toString(36);
        nc.publish(message.subject, message.data, { headers: headersOf(message), reply: `${inbox}.${token}` });
        waiting.set(token, { subject: message.subject, until: performance.now() + waitMs, resolve, reject });
      }),
  };
}

function headersOf({ stream, id, expectLast }: NewMessage): MsgHdrs {
  const wanted = headers();
  wanted.set('Nats-Expected-Stream', stream);
  if (id !== undefined) wanted.set('Nats-Msg-Id', id);
  if (expectLast !== undefined) wanted.set('Nats-Expected-Last-Subject-Sequence', `${expectLast}`);
  return wanted;
}

function appendedOf(message: Msg): Appended {
  if (message.data.length === 0 && message.headers?.code === noResponders)
    throw new WeirError('log-unavailable', 'no stream takes this subject');
  const ack = ackShape.parse(message.json());
  if (ack.error) throw new JetStreamApiError(ack.error);
  return { kind: ack.duplicate ? 'duplicate' : 'appended', sequence: ack.seq };
}
