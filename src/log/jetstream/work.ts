import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, nanos, type Msg } from '@nats-io/transport-node';
import { checkItem } from '../limits.ts';
import type { WorkItem, WorkQueue, WorkTaker } from '../log.ts';
import type { WorkSettings } from '../streams.ts';
import { orgOfSubject, subjects } from '../subjects.ts';
import { requestTimeoutMs, type Connection } from './connection.ts';
import { apiCode, hasApiCode } from './errors.ts';
import { ensureWorkStream, workStream } from './streams.ts';

/** All daemons take from this one consumer: it holds leases, delays and the cap in flight. */
const consumerName = 'workers';
const requestExpiresMs = 30_000;
const heartbeatMs = 2_000;
/** Without a message or a heartbeat for so long a request under way is given up. */
const silenceMs = 3 * heartbeatMs;

export async function openJetStreamWork(connection: Connection, settings: WorkSettings): Promise<WorkQueue> {
  const { js, jsm } = connection;
  await connection.ask('making the stream of work', () => ensureWorkStream(jsm, settings.maxBytes));
  await connection.ask('making the consumer of work', () => ensureConsumer(connection, settings));
  return {
    add: async (item) => {
      checkItem(item);
      const ack = await connection.ask('adding work', () =>
        js.publish(subjects.work(item.org), item.data, { msgID: item.id, expect: { streamName: workStream } }),
      );
      return ack.duplicate ? 'duplicate' : 'added';
    },
    take: (options) => takeFrom(connection, options),
    waiting: () => connection.ask('looking at work', async () => (await jsm.streams.info(workStream)).state.messages),
  };
}

async function ensureConsumer({ jsm }: Connection, { leaseMs, inFlightMax }: WorkSettings): Promise<void> {
  const changeable = { ack_wait: nanos(leaseMs), max_ack_pending: inFlightMax, max_deliver: -1 };
  try {
    await jsm.consumers.info(workStream, consumerName);
  } catch (error) {
    if (!hasApiCode(error, apiCode.consumerNotFound)) throw error;
    const fixed = { ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All };
    await jsm.consumers.add(workStream, { durable_name: consumerName, ...fixed, ...changeable });
    return;
  }
  await jsm.consumers.update(workStream, consumerName, changeable);
}

/** One request for as many items as it has room for is out at a time. */
function takeFrom(connection: Connection, { atOnce, handle }: Parameters<WorkQueue['take']>[0]): WorkTaker {
  const { nc } = connection;
  const inbox = createInbox();
  let held = 0;
  let outstanding = 0;
  let heardAt = performance.now();
  let closed = false;

  function request(): void {
    if (closed || outstanding > 0 || held >= atOnce || !connection.connected()) return;
    outstanding = atOnce - held;
    heardAt = performance.now();
    const wanted = { batch: outstanding, expires: nanos(requestExpiresMs), idle_heartbeat: nanos(heartbeatMs) };
    nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${workStream}.${consumerName}`, JSON.stringify(wanted), { reply: inbox });
  }

  function receive(error: Error | null, message: Msg): void {
    heardAt = performance.now();
    const isStatus = error !== null || message.subject === inbox;
    if (isStatus && message.headers?.code === 100) return;
    if (isStatus) {
      // The request ended; asked again at the next beat where the server refused it.
      outstanding = 0;
      if (message.headers?.code === 408) request();
      return;
    }
    outstanding = Math.max(0, outstanding - 1);
    held += 1;
    handle(itemOf(connection, message, settled));
    request();
  }

  function settled(): void {
    held -= 1;
    request();
  }

  const subscription = nc.subscribe(inbox, { callback: receive });
  const stopListening = connection.onLost(() => (outstanding = 0));
  const beat = setInterval(() => {
    if (outstanding > 0 && performance.now() - heardAt > silenceMs) outstanding = 0;
    request();
  }, heartbeatMs / 4).unref();
  request();

  return {
    async close() {
      if (closed) return;
      closed = true;
      clearInterval(beat);
      stopListening();
      subscription.unsubscribe();
    },
  };
}

function itemOf(connection: Connection, message: Msg, settled: () => void): WorkItem {
  const { nc } = connection;
  const reply = message.reply ?? '';
  let open = true;
  const settle = (): void => {
    if (open) settled();
    open = false;
  };
  const tell = (what: string): void => {
    // Best effort: without it the lease runs out.
    if (connection.connected()) nc.publish(reply, what);
  };
  return {
    org: orgOfSubject(message.subject) ?? '',
    data: message.data,
    deliveries: deliveriesOf(reply),
    async done() {
      try {
        await connection.ask('acknowledging work', () => nc.request(reply, '+ACK', { timeout: requestTimeoutMs }));
      } finally {
        settle();
      }
    },
    later(delayMs) {
      tell(`-NAK ${JSON.stringify({ delay: nanos(Math.max(1, delayMs)) })}`);
      settle();
    },
    progress: () => tell('+WPI'),
  };
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.…`, on newer servers with domain and account after `ACK`. */
function deliveriesOf(reply: string): number {
  const tokens = reply.split('.');
  return Number(tokens[tokens.length === 9 ? 4 : 6]);
}
