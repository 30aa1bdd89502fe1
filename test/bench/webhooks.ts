import { createHmac, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import Fastify from 'fastify';
import { systemClock as clock } from '../../src/core/clock.ts';
import { createBodiesInFlight } from '../../src/http/raw-body.ts';
import { webhookRoutes } from '../../src/http/routes/webhooks.ts';
import { buildServer } from '../../src/http/server.ts';
import { horizonsOf } from '../../src/intake/horizons.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import { createIntake } from '../../src/intake/receive.ts';
import { createSeen, defaultSeenPerOrg } from '../../src/intake/seen.ts';
import { orgsOf, sources } from '../../src/parts.ts';
import { alternate, median, medianRatio, quantile, warmUpsFor } from './support/alternate.ts';
import { companies, configFor, publicUrl, secrets } from './support/company.ts';
import { send } from './support/connections.ts';
import { createDaemon } from './support/daemon.ts';
import type { Bench, Measure, Row } from './support/figure.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { logKinds, missing, newLog, type LogKind } from './support/log.ts';
import { inOwnProcess, type Runner } from './support/process.ts';
import { silent } from './support/silent.ts';
import { bytesOf, noticesOf, renamed } from './support/webhooks.ts';

/** (b) Webhooks a second, signature checked and in the log, at a concurrency of 64: the door alone, and the whole daemon. */
export const measureWebhooks: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const kind of logKinds) rows.push(...(await measureOn(kind, bench)));
  return rows;
};

const requestsMax = 20_000;
/** Requests after which nothing is compiled any more. */
const warmAfter = 60_000;
const connections = 64;

async function measureOn(kind: LogKind, { rounds, scale, progress }: Bench): Promise<readonly Row[]> {
  const what = `webhooks, ${kind} log`;
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what, skipped }];

  const requests = Math.round(requestsMax * scale);
  const load = await inOwnProcess(import.meta.url, createLoad, { requests });
  const bare = await inOwnProcess(import.meta.url, createBareDoor, { kind });
  const door = await inOwnProcess(import.meta.url, createDoor, { kind });
  const daemon = await inOwnProcess(new URL('support/daemon.js', import.meta.url).href, createDaemon, { kind });
  const turn = (server: Runner<'port', { readonly port: number }>) => async () =>
    load.run({ port: (await server.run('port')).port });
  const figures = await alternate(
    [
      ['door', turn(door)],
      ['bare', turn(bare)],
      [
        'daemon',
        async () => {
          const result = await turn(daemon)();
          // What it has taken in it works off before others are measured.
          await daemon.run('settled');
          return result;
        },
      ],
    ],
    { rounds, warmUps: warmUpsFor(warmAfter, requests) },
    (text) => progress(`${what}: ${text}`),
  );
  await Promise.all([load, bare, door, daemon].map((each) => each.stop()));

  const speeds = (name: 'bare' | 'door' | 'daemon') => figures(name).map(({ perSecond }) => perSecond);
  const is = 'Fastify, HMAC, JSON.parse, append';
  const row = (name: 'door' | 'daemon', atLeast: number) => ({
    what: `${what}, ${name === 'door' ? 'the door alone' : 'the whole daemon'}`,
    unit: 'requests/s',
    weir: median(speeds(name)),
    bare: { is, value: median(speeds('bare')) },
    ratio: medianRatio(speeds(name), speeds('bare')),
    target: { of: 'ratio', atLeast } as const,
  });
  const p99 = (name: 'bare' | 'daemon') => median(figures(name).map(({ p99Ms }) => p99Ms));
  return [
    row('door', 0.6),
    row('daemon', 0.3),
    {
      what: `${what}, the whole daemon, p99 of an answer`,
      unit: 'ms',
      weir: p99('daemon'),
      bare: { is, value: p99('bare') },
      target: { of: 'weir', below: 100 },
    },
  ];
}

interface Speed {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Sends Stripe's notifications, each of another event, signed before the time is taken. */
export async function createLoad({
  requests,
}: {
  readonly requests: number;
}): Promise<Runner<{ port: number }, Speed>> {
  const told = noticesOf('stripe', noticesAmong);
  let round = 0;
  return {
    async run({ port }) {
      round += 1;
      const bytes = Array.from({ length: requests }, (_, index) => {
        const one = told[index % told.length];
        if (!one) throw new Error('The simulation sends nothing of Stripe.');
        return bytesOf(renamed(one, `_${round}_${index}`));
      });
      const { seconds, latencies, refused } = await send(bytes, { port, connections });
      if (refused.count > 0) throw new Error(`${refused.count} were refused: ${refused.first}`);
      return { perSecond: requests / seconds, p99Ms: quantile(latencies, 0.99) };
    },
    stop: async () => undefined,
  };
}

const noticesAmong = 20_000;

type Server = Runner<'port', { readonly port: number }>;

/** What any webhook receiver that keeps its promise has to do, and nothing else. */
export async function createBareDoor({ kind }: { readonly kind: LogKind }): Promise<Server> {
  const { log, discard } = await newLog(kind);
  const server = Fastify();
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  server.post<{ Params: { org: string }; Body: Buffer }>(
    '/webhooks/:org/stripe',
    async ({ headers, body, params }, reply) => {
      const [, time = '', given = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['stripe-signature'])) ?? [];
      const expected = createHmac('sha256', secrets.stripe).update(`${time}.`).update(body).digest('hex');
      if (!timingSafeEqual(Buffer.from(expected), Buffer.from(given))) return reply.code(401).send();
      const event: { readonly id: string } = JSON.parse(body.toString('utf8'));
      const subject = `weir.events.0.${params.org}.stripe`;
      const { kind } = await log.append({ stream: 'EVENTS', subject, data: body, id: event.id });
      return reply.code(202).send({ kind });
    },
  );
  const port = portOf(await server.listen({ port: 0, host: '127.0.0.1' }));
  return {
    run: async () => ({ port }),
    async stop() {
      await server.close();
      await discard();
    },
  };
}

/** weir's door: its server, intake with what was seen before, and the log; no reader behind it. */
export async function createDoor({ kind }: { readonly kind: LogKind }): Promise<Server> {
  const { log, discard } = await newLog(kind);
  const config = configFor(companies(1));
  const happened = silent();
  const folder = newFolder();
  const seen = createSeen({
    log,
    clock,
    path: join(folder, 'seen'),
    horizonMs: horizonsOf(sources),
    maxPerOrg: defaultSeenPerOrg,
    happened: happened.intake,
  });
  await seen.start();
  const { partitions, http } = config;
  const orgs = orgsOf(config);
  const intake = createIntake({ log, seen, clock, sources, orgs, partitions, limits, happened: happened.intake });
  const bodies = { bodyBytes: limits.bodyBytes, inFlight: createBodiesInFlight(limits.bodiesInFlightBytes) };
  const server = await buildServer({
    http,
    version: 'bench',
    open: true,
    routes: [webhookRoutes({ intake, clock, publicUrl, bodies })],
    asyncapi: {},
    happened: happened.http,
  });
  const port = portOf(await server.listen({ port: 0, host: '127.0.0.1' }));
  return {
    run: async () => ({ port }),
    async stop() {
      await server.close();
      await seen.stop();
      await discard();
      removeFolder(folder);
    },
  };
}

const portOf = (address: string): number => Number(new URL(address).port);
