import Fastify from 'fastify';
import { WebSocket, WebSocketServer } from 'ws';
import type { JsonObject } from '../../src/core/json.ts';
import { alternate, median, quantile } from './support/alternate.ts';
import { send } from './support/connections.ts';
import { createDaemon } from './support/daemon.ts';
import type { Bench, Measure, Row } from './support/figure.ts';
import { logKinds, missing, newLog, type LogKind } from './support/log.ts';
import { inOwnProcess, type Runner } from './support/process.ts';
import { bytesOf, noticesOf, type Told } from './support/webhooks.ts';

/**
 * (c) From receipt at the door to a subscriber's WebSocket, at 1,000 events a second each of which opens or resolves an alert:
 * urgent conversations, opened and then closed, through weir's own pipelines.
 */
export const measureLatency: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const kind of logKinds) rows.push(...(await measureOn(kind, bench)));
  return rows;
};

const perSecond = 1_000;
const secondsMax = 10;

async function measureOn(kind: LogKind, { rounds, scale, progress }: Bench): Promise<readonly Row[]> {
  const what = `receipt to WebSocket at ${perSecond} events/s, ${kind} log`;
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what, skipped }];

  const load = await inOwnProcess(import.meta.url, createConversations, { seconds: secondsMax * scale });
  const bare = await inOwnProcess(import.meta.url, createBareRelay, { kind });
  const daemon = await inOwnProcess(new URL('support/daemon.js', import.meta.url).href, createDaemon, { kind });
  const turn = (server: Runner<'port', { readonly port: number }>) => async () =>
    load.run({ port: (await server.run('port')).port });
  const figures = await alternate(
    [
      ['weir', turn(daemon)],
      ['bare', turn(bare)],
    ],
    rounds,
    (text) => progress(`${what}: ${text}`),
  );
  await Promise.all([load, bare, daemon].map((each) => each.stop()));

  const of = (name: 'weir' | 'bare', share: 'p50Ms' | 'p99Ms') => median(figures(name).map((result) => result[share]));
  const rate = median(figures('weir').map((result) => result.heardPerSecond));
  return [
    {
      what: `${what}, p99`,
      unit: 'ms',
      weir: of('weir', 'p99Ms'),
      bare: { is: 'Fastify, append, read, ws send', value: of('bare', 'p99Ms') },
      target: { of: 'weir', below: 20 },
      note: `median ${of('weir', 'p50Ms')} ms, bare ${of('bare', 'p50Ms')} ms; ${Math.round(rate)} transitions/s`,
    },
  ];
}

interface Heard {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly heardPerSecond: number;
}

const connections = 32;
const publicUrl = 'http://bench';

/** Sends the conversations of one company and subscribes to its alerts, in one process: both ends read one clock. */
export async function createConversations({
  seconds,
}: {
  readonly seconds: number;
}): Promise<Runner<{ readonly port: number }, Heard>> {
  const opening = noticesOf('intercom', noticesAmong).filter(
    ({ notice }) => topicOf(notice) === 'conversation.user.created',
  );
  const [first] = opening;
  if (!first) throw new Error('The simulation opens no conversations.');
  const ofOne = opening.filter(({ org }) => org === first.org);
  let round = 0;
  return {
    async run({ port }) {
      round += 1;
      const count = Math.round(seconds * perSecond);
      const requests = Array.from({ length: count }, (_, index) =>
        bytesOf(turnOf(ofOne, `${round}`, index), publicUrl),
      );
      const ears = await listen(port, first.org);
      const sent = await send(requests, { port, connections, rate: perSecond });
      if (sent.refused.count > 0) throw new Error(`${sent.refused.count} were refused: ${sent.refused.first}`);
      const latencies = await ears.heard(count);
      return {
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
        heardPerSecond: latencies.length / sent.seconds,
      };
    },
    stop: async () => undefined,
  };
}

const noticesAmong = 5_000;
/** So many conversations are open when the first of them is closed. */
const openAtOnce = 250;
const urgent =
  '<p>URGENT: production is down for all our users and we are losing data. We need an answer right now!</p>';

/** By turns a conversation that opens, and the closing of one that did. */
function turnOf(among: readonly Told[], round: string, index: number): Told {
  const closes = index % 2 === 1;
  const conversation = (index >> 1) - (closes ? openAtOnce : 0);
  const number = conversation < 0 ? conversation + 1_000_000 : conversation;
  const told = among[number % among.length];
  const [event] = told?.notice.events ?? [];
  if (!told || !event) throw new Error('The simulation opens no conversations.');
  const data = objectAt(event, 'data');
  const item = objectAt(data, 'item');
  const at = Math.floor(Date.now() / 1_000);
  const opened = {
    ...event,
    id: `notif_${round}_${index}`,
    topic: closes ? 'conversation.admin.closed' : 'conversation.user.created',
    created_at: at,
    data: {
      ...data,
      item: { ...item, id: `${round}${number}`, source: { ...objectAt(item, 'source'), body: urgent } },
    },
  };
  return { org: told.org, notice: { ...told.notice, events: [opened] } };
}

const topicOf = ({ events: [event] }: Told['notice']) => event?.['topic'];

function objectAt(object: JsonObject, name: string): JsonObject {
  const found = object[name];
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as JsonObject;
  throw new TypeError(`A conversation has no ${name}.`);
}

/** Hears what is pushed, and how long it took from its receipt. */
async function listen(port: number, org: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['weir.v1'], { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => void socket.once('open', resolve).once('error', reject));
  const latencies: number[] = [];
  let settle: (() => void) | undefined;
  const subscribed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  socket.on('message', (data: Buffer) => {
    const now = Date.now();
    const message: { readonly type: string; readonly receivedAt: string } = JSON.parse(data.toString('utf8'));
    if (message.type === 'alert') latencies.push(now - Date.parse(message.receivedAt));
    settle?.();
  });
  socket.send(JSON.stringify({ type: 'subscribe', id: 'bench', from: 'now', org }));
  await subscribed;

  return {
    /** Resolves when nothing came for a while: not each event need bring a transition. */
    async heard(atLeast: number): Promise<readonly number[]> {
      for (let before = -1; before !== latencies.length;) {
        before = latencies.length;
        await new Promise((resolve) => setTimeout(resolve, quietMs));
      }
      socket.close();
      if (latencies.length < atLeast * 0.9) throw new Error(`Only ${latencies.length} of ${atLeast} were heard of.`);
      return latencies;
    },
  };
}

const quietMs = 500;

/** What any relay from HTTP to WebSocket over a log has to do, and nothing else. */
export async function createBareRelay({
  kind,
}: {
  readonly kind: LogKind;
}): Promise<Runner<'port', { readonly port: number }>> {
  const { log, discard } = await newLog(kind);
  const server = Fastify();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  server.post<{ Body: Buffer }>('/webhooks/:org/:source', async ({ body }, reply) => {
    const event: JsonObject = JSON.parse(body.toString('utf8'));
    const data = Buffer.from(JSON.stringify({ type: 'alert', receivedAt: new Date().toISOString(), event }));
    await log.append({ stream: 'EVENTS', subject: 'weir.events.0.bench.intercom', data });
    return reply.code(202).send();
  });
  const wss = new WebSocketServer({ server: server.server, perMessageDeflate: false });
  wss.on('connection', (socket) => socket.once('message', () => socket.send('{"type":"subscribed"}')));
  const reader = log.read('EVENTS', { after: 0, maxMessages: 256 });
  const relaying = relay();
  const port = Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);

  async function relay(): Promise<void> {
    for (let batch = await reader.next(); batch.length > 0; batch = await reader.next()) {
      for (const { data } of batch) for (const socket of wss.clients) socket.send(data, { binary: false });
    }
  }

  return {
    run: async () => ({ port }),
    async stop() {
      for (const socket of wss.clients) socket.terminate();
      await server.close();
      await reader.close();
      await relaying;
      await discard();
    },
  };
}
