import Fastify from 'fastify';
import { WebSocket, WebSocketServer } from 'ws';
import type { Json } from '../../src/core/json.ts';
import { alternate, median, quantile } from './support/alternate.ts';
import { send } from './support/connections.ts';
import { createDaemon } from './support/daemon.ts';
import type { SimulatedRequest } from '../../src/simulate/request.ts';
import { companies, requestsOf } from './support/company.ts';
import type { Bench, Figure, Measure, Row } from './support/figure.ts';
import { logKinds, missing, newLog, type LogKind } from './support/log.ts';
import { inOwnProcess, type Runner } from './support/process.ts';
import { createConversations, type Conversations } from './support/conversations.ts';
import { asBytes, bytesOf } from './support/webhooks.ts';

/**
 * (c) From receipt at the door to a subscriber's WebSocket, at 1,000 events a second: all that the companies' providers send,
 * and among it urgent conversations, opened and then closed, that open and resolve alerts in weir's own pipelines.
 */
export const measureLatency: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const kind of logKinds) for (const load of loads) rows.push(...(await measureOn(kind, load, bench)));
  return rows;
};

interface Load {
  readonly is: string;
  /** One event in so many opens or resolves an alert. */
  readonly alertEvery: number;
  readonly target?: Figure['target'];
}

const loads: readonly Load[] = [
  { is: 'one in twenty an alert', alertEvery: 20, target: { of: 'weir', below: 20 } },
  // Far beyond what anybody reads: to see where it ends.
  { is: 'each an alert', alertEvery: 1 },
];

const perSecond = 1_000;
const secondsMax = 10;
/** Events before the first turn, as fast as they are taken: at a thousand a second it would take minutes until all is compiled. */
const warmAfter = 60_000;

async function measureOn(
  kind: LogKind,
  { is, alertEvery, target }: Load,
  { rounds, scale, progress }: Bench,
): Promise<readonly Row[]> {
  const what = `receipt to WebSocket at ${perSecond} events/s, ${is}, ${kind} log`;
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what, skipped }];

  const events = Math.round(secondsMax * scale * perSecond);
  const load = await inOwnProcess(import.meta.url, createLoad, { events, alertEvery, rounds });
  const bare = await inOwnProcess(import.meta.url, createBareRelay, { kind });
  const daemon = await inOwnProcess(new URL('support/daemon.js', import.meta.url).href, createDaemon, { kind });
  const turn = (server: Runner<'port', { readonly port: number }>) => async () =>
    load.run({ ask: 'turn', port: (await server.run('port')).port });
  progress(`${what}: warming weir`);
  await load.run({ ask: 'warm', port: (await daemon.run('port')).port });
  await daemon.run('settled');
  const figures = await alternate(
    [
      ['weir', turn(daemon)],
      ['bare', turn(bare)],
    ],
    { rounds },
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
      ...(target && { target }),
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

interface LoadSettings {
  /** Of a turn. */
  readonly events: number;
  readonly alertEvery: number;
  readonly rounds: number;
}

interface Asked {
  /** `warm` sends a good many events as fast as they are taken; nothing of it is measured. */
  readonly ask: 'warm' | 'turn';
  readonly port: number;
}

/** Sends events and subscribes to one company's alerts, in one process on the machine of the daemon: both ends read its clock. */
export async function createLoad({ events: count, alertEvery, rounds }: LoadSettings): Promise<Runner<Asked, Heard>> {
  const conversations = createConversations();
  const lives = new Map<number, Life>();
  /** Each server sees the companies' whole life: a turn goes on where its last one ended. */
  const lifeOf = (port: number): Life => {
    const ordinary = requestsOf(companies(warmAfter + count * (rounds + 1), Date.now()));
    const life = lives.get(port) ?? { round: 0, ordinary };
    lives.set(port, { ...life, round: life.round + 1 });
    return life;
  };
  return {
    async run({ ask, port }) {
      const { round, ordinary } = lifeOf(port);
      const howMany = ask === 'warm' ? warmAfter : count;
      const alerts = Math.round(howMany / alertEvery);
      const { requests, events } = mixed(conversations.turns(`${round}`, alerts), ordinary, howMany - alerts);
      const rate = (perSecond * requests.length) / events;
      const ears = ask === 'turn' ? await listen(port, conversations.org) : undefined;
      const sent = await send(requests, { port, connections, ...(ears && { rate }) });
      if (sent.refused.count > 0) throw new Error(`${sent.refused.count} were refused: ${sent.refused.first}`);
      const latencies = (await ears?.heard(alerts)) ?? [];
      return {
        p50Ms: quantile(latencies, 0.5),
        p99Ms: quantile(latencies, 0.99),
        heardPerSecond: latencies.length / sent.seconds,
      };
    },
    stop: async () => undefined,
  };
}

interface Life {
  readonly round: number;
  readonly ordinary: Generator<SimulatedRequest>;
}

/**
 * The urgent ones evenly among as many ordinary events as asked for, at the event times of those. A provider's request may
 * hold several.
 */
function mixed(urgent: ReturnType<Conversations['turns']>, ordinary: Life['ordinary'], howMany: number) {
  const requests: Buffer[] = [];
  let events = 0;
  let at = Date.now();
  for (const [index, turn] of urgent.entries()) {
    while (events < (howMany * (index + 1)) / urgent.length) {
      const next = ordinary.next();
      if (next.done) throw new Error('The simulation has no more events.');
      requests.push(asBytes(next.value.build(Date.now())));
      ({ at } = next.value);
      events += next.value.events;
    }
    requests.push(bytesOf(turn(at)));
  }
  return { requests, events: events + urgent.length };
}

/** Hears what is pushed, and how long it took from its receipt. */
async function listen(port: number, org: string) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ['weir.v1'], { perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => void socket.once('open', resolve).once('error', reject));
  const latencies: number[] = [];
  let wanted = 0;
  let settle: (() => void) | undefined;
  const subscribed = new Promise<void>((resolve) => {
    settle = resolve;
  });
  socket.on('message', (data: Buffer) => {
    const now = Date.now();
    const message: { readonly type: string; readonly receivedAt: string; readonly alert?: { readonly rule: string } } =
      JSON.parse(data.toString('utf8'));
    if (message.type === 'alert') latencies.push(now - Date.parse(message.receivedAt));
    // The bare relay passes on all events, and knows of no rules.
    if (message.type === 'alert' && (!message.alert || message.alert.rule === 'urgent-conversation')) wanted += 1;
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
      if (wanted < atLeast * 0.95) throw new Error(`Only ${wanted} of ${atLeast} were heard of.`);
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
  server.post<{ Body: Buffer }>('/*', async ({ body }, reply) => {
    const event: Json = JSON.parse(body.toString('utf8'));
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
