import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, nanos, type Msg } from '@nats-io/transport-node';
import type { LogMessage, StreamName } from '../log.ts';
import type { Connection } from './connection.ts';

/**
 * One ephemeral consumer and the messages it sends. It lives until it is broken: the connection was lost, the server
 * went silent or forgot the consumer, or a message was missed. Then a new one is opened after the last delivered.
 */
export interface Pull {
  /** Asks for that many messages, unless an earlier request is still being served. */
  request(messages: number): void;
  /** How many messages of the last request may still come. */
  outstanding(): number;
  isBroken(): boolean;
  close(): void;
}

export interface PullOptions {
  readonly stream: StreamName;
  readonly after: number;
  /** `pending` says whether the server has more at this moment. */
  deliver(message: LogMessage, pending: boolean): void;
  /** Called when something may be had that was not there before: a message, the end of a request, a break. */
  changed(): void;
}

const requestExpiresMs = 30_000;
const heartbeatMs = 2_000;
/** Without a message or a heartbeat for so long a request under way is given up. */
const silenceMs = 3 * heartbeatMs;
/** The server forgets a consumer nobody asked for so long; the reader of a slow caller makes itself a new one. */
const forgottenAfterMs = 10 * 60_000;
/** A request ends here even when more messages were asked for. */
const requestBytesMax = 16 * 1024 * 1024;

export async function openPull(connection: Connection, options: PullOptions): Promise<Pull> {
  const { nc, jsm } = connection;
  const { stream, deliver, changed } = options;
  const inbox = createInbox();
  const consumer = await connection.ask(`reading ${stream}`, () =>
    jsm.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: options.after + 1,
      inactive_threshold: nanos(forgottenAfterMs),
      mem_storage: true,
      num_replicas: 1,
    }),
  );
  const requestSubject = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer.name}`;
  let outstanding = 0;
  let delivered = 0;
  let heardAt = performance.now();
  let broken = false;

  function breakOff(): void {
    broken = true;
    outstanding = 0;
    changed();
  }

  function receive(error: Error | null, message: Msg): void {
    heardAt = performance.now();
    if (error) return breakOff();
    // What is no message of the stream comes under the inbox's own name, and says how it stands in its headers.
    if (message.subject === inbox) return receiveStatus(message.headers?.code ?? 0);

    const { delivery, sequence, storedAt, pending } = parseReply(message.reply ?? '');
    if (delivery !== delivered + 1) return breakOff();
    delivered = delivery;
    outstanding = Math.max(0, outstanding - 1);
    deliver({ sequence, subject: message.subject, storedAt, data: message.data }, pending);
    changed();
  }

  function receiveStatus(code: number): void {
    if (code === statusCode.heartbeat) return;
    if (code === statusCode.noResponders || code === statusCode.notFound) return breakOff();
    // 408 and 409: the request expired, its bytes are used up, or the consumer was deleted; silence tells the last apart.
    outstanding = 0;
    changed();
  }

  const subscription = nc.subscribe(inbox, { callback: receive });
  const stopListening = connection.onLost(breakOff);
  const watch = setInterval(() => {
    if (outstanding > 0 && performance.now() - heardAt > silenceMs) breakOff();
  }, heartbeatMs).unref();

  return {
    outstanding: () => outstanding,
    isBroken: () => broken,
    request(messages) {
      if (outstanding > 0 || broken) return;
      if (performance.now() - heardAt > forgottenAfterMs / 2) return breakOff();
      outstanding = messages;
      heardAt = performance.now();
      const request = {
        batch: messages,
        max_bytes: requestBytesMax,
        expires: nanos(requestExpiresMs),
        idle_heartbeat: nanos(heartbeatMs),
      };
      nc.publish(requestSubject, JSON.stringify(request), { reply: inbox });
    },
    close() {
      clearInterval(watch);
      stopListening();
      subscription.unsubscribe();
      // Best effort: the server forgets it by itself.
      if (connection.connected()) jsm.consumers.delete(stream, consumer.name).catch(() => undefined);
    },
  };
}

const statusCode = { heartbeat: 100, notFound: 404, noResponders: 503 } as const;

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<delivery>.<nanoseconds>.<pending>`, on newer servers with domain
 * and account after `ACK` and a random token at the end.
 */
function parseReply(reply: string): { sequence: number; delivery: number; storedAt: number; pending: boolean } {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 5 : 7;
  return {
    sequence: Number(tokens[at]),
    delivery: Number(tokens[at + 1]),
    // Cut, not divided: a float has no room for nanoseconds, and the same message must have the same time everywhere.
    storedAt: Number(tokens[at + 2]?.slice(0, -6)),
    pending: tokens[at + 3] !== '0',
  };
}
