import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createApp, type App } from '../../src/app.ts';
import { configOf } from '../../src/config/load.ts';
import { catalogue } from '../../src/core/errors.ts';
import { createLogger } from '../../src/observe/log.ts';
import { newFolder } from '../support/folder.ts';

/** What OpenAPI 3.1 says a document holds, as far as weir's goes: a word it does not know is a mistake. */
const media = z.strictObject({ schema: z.looseObject({}), example: z.unknown().optional() });
const content = z.record(z.string().regex(/^[\w*]+\/[\w.+*-]+$/), media);
const parameter = z.strictObject({
  in: z.enum(['query', 'path', 'header', 'cookie']),
  name: z.string().min(1),
  schema: z.looseObject({}),
  required: z.boolean().optional(),
  description: z.string().optional(),
});
const header = z.strictObject({ schema: z.looseObject({}), description: z.string().optional() });
const response = z.strictObject({
  description: z.string().min(1),
  content: content.optional(),
  headers: z.record(z.string(), header).optional(),
});
const operation = z.strictObject({
  tags: z.array(z.string()).length(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ content, required: z.boolean().optional() }).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  responses: z.record(z.string().regex(/^(default|[1-5]\d\d)$/), response),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']), operation),
  ),
  components: z.strictObject({
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
    schemas: z.record(z.string(), z.looseObject({})),
  }),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
});

let app: App;
const told: string[] = [];
const data = newFolder();
beforeAll(async () => {
  const orgs = { acme: { sources: { stripe: { unsigned: true } } } };
  const logger = createLogger({ pretty: false, destination: { write: (line) => void told.push(line) } });
  app = createApp(configOf({ data, http: { port: 0 }, orgs }), { logger });
  await app.start();
});
afterAll(() => app.stop());

const described = async () => documentSchema.parse(await (await fetch(`${app.address}/openapi.json`)).json());

test('the OpenAPI document is one of 3.1, and every address of the daemon stands in it', async () => {
  const { paths, tags, components, ...rest } = await described();
  expect(
    Object.entries(paths)
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
      .toSorted(),
  ).toEqual([
    'get /',
    'get /alerts',
    'get /alerts/stream',
    'get /alerts/{id}',
    'get /api/v1/orchestration/agents',
    'get /api/v1/orchestration/sessions',
    'get /api/v1/orchestration/sessions/{id}',
    'get /api/v1/orchestration/sessions/{id}/events',
    'get /api/v1/orchestration/stream',
    'get /api/v1/orchestration/suggestions',
    'get /asyncapi.json',
    'get /deadletters',
    'get /deadletters/{id}',
    'get /healthz',
    'get /metrics',
    'get /models',
    'get /models/{name}',
    'get /openapi.json',
    'get /query',
    'get /query/ping',
    'get /readyz',
    'get /scores',
    'get /scores/{id}',
    'get /scores/{id}/difference',
    'get /ws',
    'head /webhooks/{org}/{source}',
    'options /events/{org}',
    'post /alerts/{id}/acknowledge',
    'post /alerts/{id}/resolve',
    'post /api/v1/orchestration/agents/select',
    'post /api/v1/orchestration/communicate',
    'post /api/v1/orchestration/sessions',
    'post /api/v1/orchestration/sessions/{id}/answer',
    'post /api/v1/orchestration/sessions/{id}/approve',
    'post /api/v1/orchestration/sessions/{id}/cancel',
    'post /api/v1/orchestration/sessions/{id}/replay',
    'post /deadletters/{id}/replay',
    'post /events/{org}',
    'post /mcp',
    'post /models/{name}/release',
    'post /query',
    'post /webhooks/{org}/{source}',
  ]);

  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { parameters = [], ...each }] of Object.entries(methods)) {
      const where = `${method} ${path}`;
      const inPath = parameters.filter((one) => one.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`).toSorted(), where).toEqual((path.match(/{\w+}/g) ?? []).toSorted());
      expect(
        inPath.every(({ required }) => required),
        where,
      ).toBe(true);
      expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size, where).toBe(parameters.length);
      expect(
        tags.map(({ name }) => name),
        where,
      ).toEqual(expect.arrayContaining(each.tags));
      for (const [status, { content: types = {} }] of Object.entries(each.responses)) {
        if (!status.startsWith('2') || status === '204') continue;
        const schemas = Object.values(types).map(({ schema }) => Object.keys(schema));
        expect(schemas.length, where).toBeGreaterThan(0);
        for (const words of schemas) expect(words, `${where} says what ${status} holds`).toContain('type');
      }
      for (const name of (each.security ?? []).flatMap(Object.keys))
        expect(components.securitySchemes).toHaveProperty(name);
    }
  }
  for (const ref of JSON.stringify({ paths, rest }).match(/(?<="\$ref":")[^"]+/g) ?? []) {
    expect(ref).toBe('#/components/schemas/Problem');
    expect(components.schemas).toHaveProperty('Problem');
  }
});

test('each row of the answers to pushed events stands there with its codes, and when to come back', async () => {
  const { paths } = await described();
  const webhook = paths['/webhooks/{org}/{source}']?.post?.responses ?? {};
  const events = paths['/events/{org}']?.post?.responses ?? {};
  expect(Object.keys(webhook)).toEqual(['202', '400', '401', '404', '413', '415', '429', '503', 'default']);
  expect(Object.keys(events)).toEqual([
    '202',
    '400',
    '401',
    '403',
    '404',
    '413',
    '415',
    '422',
    '429',
    '503',
    'default',
  ]);
  for (const [status, { content: types, headers, description }] of Object.entries({ ...webhook, ...events })) {
    if (status === '202') continue;
    expect(Object.keys(types ?? {}), status).toEqual(['application/problem+json']);
    expect(headers !== undefined && 'Retry-After' in headers, status).toBe(status === '429' || status === '503');
    const codes = [...description.matchAll(/`([\w-]+)`/g)].map(([, code]) => code);
    for (const code of codes)
      expect(catalogue).toHaveProperty([code ?? ''], expect.objectContaining({ status: Number(status) }));
  }
});

test('what an operator watches is at /metrics: the law, lag and watermark of each pipeline, latency, queues', async () => {
  const event = { specversion: '1.0', id: '1', source: '/test', type: 'metrics.latency', subject: 'service:a' };
  const headers = { 'content-type': 'application/cloudevents+json' };
  const sent = await fetch(`${app.address}/events/acme`, { method: 'POST', headers, body: JSON.stringify(event) });
  expect(sent.status).toBe(202);
  const text = await (await fetch(`${app.address}/metrics`)).text();
  for (const term of [
    'received',
    'ignored',
    'rejected',
    'accepted',
    'stored',
    'duplicates',
    'dead',
    'pending',
    'lost',
  ]) {
    expect(text).toMatch(new RegExp(`^weir_law_events{term="${term}"} \\d`, 'm'));
    expect(text).toMatch(new RegExp(`^weir_law_source_events{source="[a-z]+",term="${term}"} \\d`, 'm'));
  }
  for (const pipeline of ['gong', 'hubspot', 'intercom', 'market', 'metrics', 'finance', 'customer-health']) {
    expect(text).toContain(`weir_pipeline_lag_messages{pipeline="${pipeline}"}`);
    expect(text).toContain(`weir_pipeline_watermark_timestamp_seconds{pipeline="${pipeline}"}`);
  }
  for (const queue of ['INTAKE', 'questions']) expect(text).toContain(`weir_queue_depth{queue="${queue}"} 0`);
  expect(text).toMatch(/^weir_push_latency_seconds_count \d/m);
  expect(text).toMatch(/^weir_log_stream_bytes{stream="EVENTS"} [1-9]/m);
});

test('/ws says to whom asks it without a WebSocket that it wants one', async () => {
  const answer = await fetch(`${app.address}/ws`);
  expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
  expect(await answer.json()).toMatchObject({ type: 'urn:weir:error:upgrade-required' });
});

test('the log says that it starts, is ready, stops and has stopped', async () => {
  await app.stop();
  const said = told.map((line) => z.object({ msg: z.string() }).parse(JSON.parse(line)).msg);
  expect(said.filter((msg) => /^(weir .* starts|Ready|Stop)/.test(msg))).toEqual([
    expect.stringMatching(/^weir \d\S+ starts$/),
    `Ready at ${app.address}`,
    'Stops: finishes what is in flight',
    'Stopped',
  ]);
});
