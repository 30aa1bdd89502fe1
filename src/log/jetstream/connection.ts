import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { AuthorizationError, connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { messageOf, WeirError } from '../../core/errors.ts';
import { payloadBytesMin } from '../limits.ts';
import type { LogHappenings } from '../log.ts';
import { asWeirError } from './errors.ts';

/** A connection that comes back by itself, for ever. */
export interface Connection {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  connected(): boolean;
  /**
   * Asks the server. While it is away this waits for it at most `requestTimeoutMs`; when the connection breaks in the
   * middle it rejects at once. Whatever fails rejects with a WeirError; `doing` says what it was.
   */
  ask<T>(doing: string, request: () => Promise<T>): Promise<T>;
  /** Resolves when connected, or after `waitMs`, or when the connection is closed for good. */
  untilConnected(waitMs: number): Promise<void>;
  /** Calls back whenever the connection breaks. Returns the undoing. */
  onLost(callback: () => void): () => void;
  close(): Promise<void>;
}

/** How long anything asked of the server may take, and how long a request waits for a server that is away. */
export const requestTimeoutMs = 5_000;
/** Requests under way at once, those that wait for the server to come back included; beyond that they are refused. */
export const requestsMax = 20_000;
export const reconnectWaitMs = 250;
/** A peer that answers none of two pings is taken for dead. */
const pingIntervalMs = 10_000;

export async function openConnection(url: string, happened: LogHappenings): Promise<Connection> {
  const nc = await connectTo(url);
  const js = jetstream(nc, { timeout: requestTimeoutMs });
  const jsm = await managerOf(nc);

  const lost = new Set<() => void>();
  const found = new Set<() => void>();
  let lostAt: number | undefined;
  let requests = 0;

  const following = followStatus();
  async function followStatus(): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect') noteLost(`lost the connection to ${status.server}`);
      if (status.type === 'reconnect') noteFound();
    }
  }

  function noteLost(reason: string): void {
    if (lostAt !== undefined) return;
    lostAt = performance.now();
    happened.logDisconnected(reason);
    for (const callback of lost) callback();
  }

  function noteFound(): void {
    if (lostAt === undefined) return;
    happened.logReconnected(Math.round(performance.now() - lostAt));
    lostAt = undefined;
    for (const callback of found) callback();
  }

  const connected = () => lostAt === undefined && !nc.isClosed();

  function untilConnected(waitMs: number): Promise<void> {
    if (connected() || nc.isClosed()) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        found.delete(settle);
        resolve();
      };
      const timer = setTimeout(settle, waitMs);
      found.add(settle);
    });
  }

  function orLost<T>(request: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const broken = () =>
        reject(new WeirError('log-unavailable', 'the connection broke; it may be stored all the same'));
      lost.add(broken);
      request()
        .then(resolve, reject)
        .finally(() => lost.delete(broken));
    });
  }

  return {
    nc,
    js,
    jsm,
    connected,
    untilConnected,
    async ask(doing, request) {
      if (requests >= requestsMax)
        throw new WeirError('log-unavailable', `${doing}: too many requests wait for the server`);
      requests += 1;
      try {
        if (!connected()) await untilConnected(requestTimeoutMs);
        if (!connected()) throw new WeirError('log-unavailable', `${doing}: not connected to the server`);
        return await orLost(request);
      } catch (error) {
        throw asWeirError(error, doing);
      } finally {
        requests -= 1;
      }
    },
    onLost(callback) {
      lost.add(callback);
      return () => void lost.delete(callback);
    },
    async close() {
      await nc.close();
      for (const callback of [...lost, ...found]) callback();
      await following;
    },
  };
}

/** Throws `config-invalid` for a server that takes too little at once: larger appends would be refused by it again and again. */
export function demandPayload({ info }: Pick<NatsConnection, 'info'>): void {
  const bytes = info?.max_payload ?? payloadBytesMin;
  if (bytes >= payloadBytesMin) return;
  throw new WeirError(
    'config-invalid',
    `The server takes messages of ${Math.floor(bytes / 1024)} KiB: set its max_payload to 1 MiB or more, which is its own default`,
  );
}

async function connectTo(url: string): Promise<NatsConnection> {
  const options = natsOptions(url);
  const where = withoutSecrets(url);
  try {
    return await connect(options);
  } catch (cause) {
    if (cause instanceof AuthorizationError)
      throw new WeirError('config-invalid', `nats-server at ${where} does not let weir in: ${cause.message}`, {
        cause,
      });
    throw new WeirError('log-unavailable', `nats-server cannot be reached at ${where}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function managerOf(nc: NatsConnection): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(nc, { timeout: requestTimeoutMs });
  } catch (error) {
    await nc.close();
    // The library does not export the class.
    const hasNone = error instanceof Error && error.name === 'JetStreamNotEnabled';
    if (!hasNone && !(error instanceof JetStreamApiError)) throw asWeirError(error, 'asking nats-server for JetStream');
    throw new WeirError(
      'config-invalid',
      `nats-server answers, but without JetStream (start it with -js): ${messageOf(error)}`,
    );
  }
}

/** `nats://[user:password@|token@]host:port`, several with commas between. The client takes who we are as options, not in the address. */
export function natsOptions(url: string): NodeConnectionOptions {
  const addresses = url.split(',').map((address) => parseAddress(address.trim()));
  const who = addresses.find(({ username }) => username !== '');
  const user = who && decodeURIComponent(who.username);
  const password = who && decodeURIComponent(who.password);
  return {
    servers: addresses.map(({ host }) => host),
    ...(user && password ? { user, pass: password } : user ? { token: user } : {}),
    ...(addresses.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    name: 'weir',
    timeout: requestTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectWaitMs,
    reconnectJitter: reconnectWaitMs,
    pingInterval: pingIntervalMs,
    noAsyncTraces: true,
    ignoreAuthErrorAbort: true,
  };
}

function parseAddress(address: string): URL {
  const text = address.includes('://') ? address : `nats://${address}`;
  if (!URL.canParse(text)) throw new WeirError('config-invalid', 'log.url is no address such as nats://localhost:4222');
  return new URL(text);
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/g, '//');
}
