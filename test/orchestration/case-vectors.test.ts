import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createAgentData } from '../../src/agents/data.ts';
import { configOf } from '../../src/config/load.ts';
import { messageOf } from '../../src/core/errors.ts';
import type { Service } from '../../src/core/service.ts';
import { createCaseVectors } from '../../src/orchestration/case-vectors.ts';
import { createKnowing } from '../../src/orchestration/known.ts';
import { dayOf, embedderOf, orgDaysOf } from '../../src/providers/options.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import type { Store } from '../../src/store/store.ts';
import { transitionsOf } from '../agents/operations/alerting.ts';
import { embeddingsServer, type Embedding, type EmbeddingsServer } from '../providers/support/embeddings-server.ts';
import { aClock, listening } from '../providers/support/scripted.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openTestStore, testLimits } from '../support/store.ts';
import { until } from '../support/until.ts';
import { aRequest } from './support/reference.ts';

const asOf = Date.UTC(2026, 5, 1);
const dayMs = 86_400_000;
/** Outages in one direction, money in another. */
const meaning: Embedding = (text) => (/down|outage|unreachable/i.test(text) ? [1, 0] : [0, 1]);

let store: Store;
let close: () => Promise<void>;
let server: EmbeddingsServer;
let does: Embedding = meaning;
const running: Service[] = [];

beforeAll(async () => {
  ({ store, close } = await openTestStore());
  server = await embeddingsServer(() => does);
  // More than one call takes.
  const invoices = Array.from({ length: 40 }, (_, index) =>
    ended('acme', `invoice-${index}`, `Invoice ${index} was never settled`),
  );
  await insert([
    ...invoices,
    ended('acme', 'outage', 'Checkout is unreachable'),
    ended('globex', 'theirs', 'API down'),
  ]);
});
afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
  does = meaning;
});
afterAll(async () => {
  await server.close();
  await close();
});

const ended = (org: string, rule: string, title: string) =>
  transitionsOf(org, {
    rule,
    entity: 'service:a',
    at: asOf - 9 * dayMs,
    title,
    ended: { hours: 2, why: 'rolled back' },
  });

async function insert(alerts: readonly (readonly object[])[]): Promise<void> {
  const rows = alerts.flat().map((row) => `${JSON.stringify({ storedAt: 1, ...row })}\n`);
  expect(await store.insert('alert_transitions', Buffer.from(rows.join('')))).toEqual({ kind: 'stored' });
}

const clock = aClock();
const log = createMemoryLog(clock);
const data = (org: string) => createAgentData({ asking: createAsking({ store, limits: testLimits }), org });

function anEmbedder() {
  const embedders = { local: { url: server.url, model: 'meaning-1' } };
  const config = configOf({ models: { embedders } }).models;
  const all = { config, clock, happened: listening(), day: dayOf(config, clock) };
  const embedder = embedderOf(all, orgDaysOf(config, clock));
  if (!embedder) throw new Error('none is configured');
  return embedder;
}

/** A daemon's part in it; what it told. */
async function aDaemon(): Promise<readonly string[]> {
  const told: string[] = [];
  const vectors = createCaseVectors({
    log,
    clock,
    orgs: ['acme', 'globex'],
    embedder: anEmbedder(),
    data,
    insert: (rows) => store.insert('case_vectors', rows),
    everyMs: 20,
    happened: {
      casesEmbedded: (org, count) => void told.push(`${org}: ${count}`),
      casesNotEmbedded: (org, error) => void told.push(`${org}: ${messageOf(error)}`),
    },
  });
  running.push(vectors);
  await vectors.start();
  return told;
}

test('past cases get vectors while the embedder is there, each once, and runs find those that mean the like', async () => {
  does = { status: 503 };
  const early = await aDaemon();
  await until('it says that the embedder is away', () => early.length > 1);
  expect(early[0]).toBe('acme: no embedder answers: failed; local: unavailable, HTTP 503');
  await running.pop()?.stop();

  // Another round is due, and the breaker lets go.
  does = meaning;
  clock.move(10 * 60_000);
  const told = await aDaemon();
  await until('both organisations have theirs', () => told.length >= 2);
  expect(told).toEqual(['acme: 41', 'globex: 1']);
  const texts = server.requests.flatMap(({ input }) => input).filter((text) => text.startsWith('Checkout'));
  expect(texts).toEqual([expect.stringContaining('Checkout is unreachable')]);

  // What ends later comes with the next round, and only that.
  const asked = server.requests.length;
  await insert([ended('acme', 'second', 'Search went down')]);
  clock.move(10 * 60_000);
  await until('it has its vector', () => told.length >= 3);
  expect(told[2]).toBe('acme: 1');
  expect(server.requests.slice(asked).map(({ input }) => input.length)).toEqual([1]);

  const request = aRequest('r', { asOf: new Date(asOf).toISOString(), entity: null, goal: 'Outage of payments' });
  const context = await createKnowing({ data, embedder: anEmbedder(), withinMs: 30_000 })(request);
  expect(context['similarBy']).toEqual(['words', 'meaning']);
  expect(context['embedded']).toMatchObject({
    model: 'meaning-1',
    text: expect.stringContaining('Outage of payments'),
    calls: [{ provider: 'local', task: 'embed', outcome: 'answered', latencyMs: expect.any(Number) }],
  });
  expect(context['similar']).toMatchObject([
    { distance: 0, why: 'rolled back' },
    { distance: 0, why: 'rolled back' },
    { distance: 1 },
    {},
    {},
    {},
    {},
    {},
  ]);
  expect(JSON.stringify(context)).not.toContain('API down');
});

test('of two daemons one does a round', async () => {
  clock.move(10 * 60_000);
  await insert([ended('acme', 'third', 'Mail is unreachable')]);
  const before = server.requests.length;
  const [one, other] = [await aDaemon(), await aDaemon()];
  await until('one did it', () => one.length + other.length > 0);
  for (const each of running.splice(0)) await each.stop();
  expect([...one, ...other]).toEqual(['acme: 1']);
  expect(server.requests.length - before).toBe(1);
});
