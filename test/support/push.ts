import type { Socket } from 'node:net';
import Fastify from 'fastify';
import { WebSocket, type ClientOptions } from 'ws';
import { serverMessageSchema, type ServerMessage } from '../../schemas/push.ts';
import type { Authenticator, Identity } from '../../src/auth/identity.ts';
import type { Clock } from '../../src/core/clock.ts';
import { isWeirError, WeirError } from '../../src/core/errors.ts';
import { alertRoutes } from '../../src/http/routes/alerts.ts';
import { createAlerts } from '../../src/alerts/service.ts';
import type { Log } from '../../src/log/log.ts';
import { createRunHub } from '../../src/push/runs.ts';
import { createHub, type Hub } from '../../src/push/hub.ts';
import type { PushLimits } from '../../src/push/limits.ts';
import type { PushHappenings } from '../../src/push/protocol.ts';
import { eventStreams } from '../../src/push/sse.ts';
import { alertSocket } from '../../src/push/websocket.ts';

export interface Told extends PushHappenings {
  /** `name:first argument`, in order. */
  readonly all: string[];
}

export function pushHappenings(): Told {
  const all: string[] = [];
  const note = (name: string) => (first: string | number, second?: unknown) =>
    void all.push(`${name}:${first}:${String(second)}`);
  return {
    all,
    alertPushed: note('pushed'),
    subscriberFellBehind: note('behind'),
    subscriberCaughtUp: note('caught up'),
    gapTold: note('gap'),
    openAlertsOverLimit: note('over limit'),
    transitionUnreadable: note('unreadable'),
    transitionsLost: note('lost'),
    pushReadFailed: note('read failed'),
    subscribersConnected: note('connected'),
    subscriberRefused: note('refused'),
    subscriberGone: note('gone'),
    subscriberFailed: note('failed'),
  };
}

const everything: Omit<Identity, 'org'> = { subject: 'ada', roles: [], rights: ['read', 'act'] };
const identities: Readonly<Record<string, Identity>> = {
  acme: { ...everything, org: 'acme' },
  globex: { ...everything, org: 'globex' },
  operator: { ...everything, org: '*' },
  finance: { ...everything, org: 'acme', roles: ['finance'] },
  pusher: { ...everything, org: 'acme', rights: ['push'] },
  reader: { ...everything, org: 'acme', rights: ['read'] },
};

/** Knows the tokens `acme`, `globex`, `operator`, `finance` (a role), `reader` and `pusher` (rights). */
export const tokens: Authenticator = {
  required: true,
  identify: async (authorization) => {
    if (authorization === undefined) throw new WeirError('token-missing', 'No token.');
    const identity = identities[authorization.replace('Bearer ', '')];
    if (!identity) throw new WeirError('token-wrong', 'Unknown token.');
    return identity;
  },
};

/** As while no tokens are configured. */
export const nobody: Authenticator = { required: false, identify: async () => ({ ...everything, org: '*' }) };

export interface Door {
  readonly hub: Hub;
  readonly told: Told;
  readonly http: string;
  readonly ws: string;
  /** CloudEvents that came in by what people said of alerts, each as `org` and its text. */
  readonly said: readonly { readonly org: string; readonly event: string }[];
  /** Bytes that wait for the network now, by connection. */
  buffered(): number[];
  close(): Promise<void>;
}

/** A listening server with the push and the alert routes on it. */
export async function openDoor(options: {
  readonly log: Log;
  readonly clock: Clock;
  readonly limits?: Partial<PushLimits>;
  readonly authenticator?: Authenticator;
  readonly orgs?: readonly string[];
  /** Where no run is open up to; absent: all of RUNS is read. */
  readonly openAfter?: () => Promise<number>;
}): Promise<Door> {
  const { log, clock, limits = {}, authenticator = nobody, orgs = ['acme'], openAfter } = options;
  const told = pushHappenings();
  const failed = (error: unknown) => {
    throw error;
  };
  const hub = createHub({ log, clock, happened: told, failed, limits });
  await hub.start();
  const runs = createRunHub({ log, happened: told, failed, limits, ...(openAfter && { openAfter }) });
  await runs.start();
  const quiet = { alertTransition: () => {}, observationIgnored: () => {}, alertRaceLost: () => {} };
  const alerts = createAlerts({ log, clock, happened: quiet, retentionMs: 30 * 86_400_000 });

  const server = Fastify({ forceCloseConnections: 'idle' });
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler(async (error, _, reply) => {
    if (!isWeirError(error)) throw error;
    return reply.code(error.status).send({ code: error.code, detail: error.message, ...error.extra });
  });
  const deps = { hub, authenticator, orgs, clock, happened: told };
  await server.register(alertSocket({ ...deps, runs }));
  await server.register(eventStreams({ ...deps, runs }));
  const said: { org: string; event: string }[] = [];
  const intake = {
    receiveEvents: async (org: string, { body }: { readonly body: Buffer }) => {
      said.push({ org, event: body.toString('utf8') });
      return {};
    },
  };
  await server.register(alertRoutes({ log, alerts, intake, board: hub, authenticator, orgs, clock }));
  const sockets: Socket[] = [];
  server.server.on('connection', (socket) => void sockets.push(socket));
  const http = await server.listen({ port: 0, host: '127.0.0.1' });
  return {
    hub,
    told,
    said,
    http,
    ws: `${http.replace('http', 'ws')}/ws`,
    buffered: () => sockets.map(({ writableLength }) => writableLength),
    close: async () => {
      const closed = server.close();
      // `fetch` opens connections ahead of use, and a server waits for their first request.
      for (const socket of sockets) if (socket.bytesWritten === 0) socket.destroy();
      await closed;
      await hub.stop();
      await runs.stop();
    },
  };
}

type AlertMessage = Extract<ServerMessage, { type: 'alert' }>;
export type Received<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

export interface Caller {
  readonly socket: WebSocket;
  /** All that was received, each checked against the published schema. */
  readonly messages: ServerMessage[];
  send(message: object): void;
  /** The next message that was not asked for yet, when it comes. */
  next<T extends ServerMessage['type']>(type: T): Promise<Received<T>>;
  /** When there are so many alerts. */
  alerts(count: number): Promise<readonly AlertMessage[]>;
  /** The code it was closed with. */
  readonly closed: Promise<number>;
}

/** A WebSocket client that keeps what it receives. */
export async function call(address: string, token?: string, options: ClientOptions = {}): Promise<Caller> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(address, ['weir.v1'], { headers, ...options });
  const messages: ServerMessage[] = [];
  const waiting = new Set<() => void>();
  let taken = 0;
  const wake = () => waiting.forEach((each) => each());
  socket.on('message', (data) => {
    // With the default `binaryType` a message is one Buffer.
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : '';
    messages.push(serverMessageSchema.parse(JSON.parse(text)));
    wake();
  });
  const closed = new Promise<number>((resolve) => void socket.once('close', resolve));

  const until = <T>(look: () => T | undefined) =>
    new Promise<T>((resolve) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });

  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(JSON.stringify(message)),
    async next(type) {
      const found = await until(() => {
        const index = messages.findIndex((each, place) => place >= taken && each.type === type);
        if (index >= 0) taken = index + 1;
        return messages[index];
      });
      if (!isOf(found, type)) throw new Error(`expected ${type}`);
      return found;
    },
    alerts: (count) =>
      until(() => {
        const alerts = messages.filter((each) => isOf(each, 'alert'));
        return alerts.length >= count ? alerts : undefined;
      }),
  };
}

export function isOf<T extends ServerMessage['type']>(message: ServerMessage, type: T): message is Received<T> {
  return message.type === type;
}

/** `name v1 opened`: what tests compare. */
export const summary = (message: Pick<AlertMessage, 'alert' | 'transition'>) =>
  `${message.alert.entity} v${message.alert.version} ${message.transition}`;
