import { Client, InMemoryTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionEventsSchema, type SessionEvent } from '../../schemas/run.ts';
import { explanationSchema } from '../../schemas/score.ts';
import { scoreRoutes } from '../../src/http/routes/scores.ts';
import type { McpDoors, RunDoors } from '../../src/mcp/server/doors.ts';
import { DoorRefused } from '../../src/mcp/server/doors.ts';
import { mcpRoutes } from '../../src/mcp/server/routes.ts';
import { createHttpDoors, type Knock } from '../../src/mcp/server/http-doors.ts';
import { createMcpServer } from '../../src/mcp/server/server.ts';
import { tokens } from '../support/push.ts';
import { serverOf } from '../support/serving.ts';
import { aScore } from '../support/store.ts';
import { asked, says } from './asking.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each();
});

describe('POST /mcp, with the official client', () => {
  async function served() {
    const scores = [aScore({ id: 'ours' }), aScore({ id: 'theirs', org: 'globex' })];
    const doors = scoreRoutes({
      scores: {
        at: async ({ org }) => scores.filter((score) => score.org === org),
        find: async (org, id) => scores.find((score) => score.org === org && score.id === id),
        events: async () => new Map(),
      },
      authenticator: tokens,
      orgs: ['acme', 'globex'],
    });
    const server = await serverOf(doors, mcpRoutes({ authenticator: tokens, version: '1.2.3' }));
    undo.push(() => server.close());
    return `${await server.listen({ port: 0, host: '127.0.0.1' })}/mcp`;
  }

  async function connected(address: string, token: string, mode: 'legacy' | 'auto' = 'legacy') {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    const requestInit = { headers: { authorization: `Bearer ${token}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
    undo.push(() => client.close());
    return client;
  }

  test.each(['legacy', 'auto'] as const)('answers under the token of each caller (%s)', async (mode) => {
    const address = await served();
    const reader = await connected(address, 'reader', mode);
    const found = await asked(reader, explanationSchema, 'explain_score', { id: 'ours' });
    expect(found.id).toBe('ours');
    expect(await says(reader, 'explain_score', { id: 'theirs' })).toEqual({
      isError: true,
      text: 'There is no such thing. There is no score theirs.',
    });
    const page = z.object({ scores: z.array(z.object({ id: z.string() })) });
    const { scores } = await asked(reader, page, 'list_scores', { entity: 'account:brightloom' });
    expect(scores.map(({ id }) => id)).toEqual(['ours']);
  });

  test('does not speak to who has no token, and takes nothing large', async () => {
    const address = await served();
    await expect(connected(address, 'nobody')).rejects.toThrow('401');
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(address, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
    expect((await post('{}')).status).toBe(401);
    expect((await post(`"${'x'.repeat(300_000)}"`, { authorization: 'Bearer reader' })).status).toBe(413);
  });
});

const anEvent = (id: number): SessionEvent => ({
  id,
  at: '2026-06-01T10:00:00.000Z',
  fact: 'step-started',
  step: String(id),
  attempt: 1,
  by: null,
  text: `step ${id} began`,
});

test('alerts are taken and closed as they were seen, through their doors', async () => {
  const knocks: unknown[] = [];
  const knock: Knock = async ({ method, path, body = '' }) => {
    knocks.push([`${method} ${path}`, JSON.parse(body)]);
    return { status: 200, type: 'application/json', body: '{}' };
  };
  const client = await withDoors(createHttpDoors({ knock, org: 'acme' }));
  const seen = { version: 3, episode: 1, why: 'Ada calls them' };
  await says(client, 'acknowledge_alert', { id: 'a1', ...seen });
  await says(client, 'resolve_alert', { id: 'a1', ...seen, verdict: 'noise' });
  expect(knocks).toEqual([
    ['POST /alerts/a1/acknowledge?org=acme', seen],
    ['POST /alerts/a1/resolve?org=acme', { ...seen, verdict: 'noise' }],
  ]);
  expect(await says(client, 'resolve_alert', { id: 'a1', why: 'over' })).toMatchObject({ isError: true });
});

async function withDoors(doors: McpDoors) {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = createMcpServer(doors, '1.2.3');
  await server.connect(ours);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(theirs);
  undo.push(() => client.close());
  return client;
}

describe('runs', () => {
  async function withRuns(runs: Partial<RunDoors>) {
    const no = () => Promise.reject(new Error('not in this test'));
    const others = { answer: no, tell: no, replay: no };
    const all: RunDoors = { start: no, list: no, get: no, events: no, approve: no, cancel: no, ...others, ...runs };
    const doors: McpDoors = {
      alerts: no,
      alert: no,
      act: no,
      scores: no,
      score: no,
      difference: no,
      query: no,
      runs: all,
    };
    return withDoors(doors);
  }

  test('are started, watched and approved through their doors', async () => {
    const heard: unknown[] = [];
    const client = await withRuns({
      start: async (wanted) => ({ id: 'r1', wanted: { goal: wanted.goal } }),
      events: async (...how) => {
        heard.push(how);
        return { events: [], ended: true };
      },
      approve: async (id, decision) => {
        heard.push([id, decision]);
        return { id };
      },
    });
    const wanted = { kind: 'customer_health', goal: 'why did they leave' };
    const started = await asked(client, z.object({ id: z.string() }), 'start_run', wanted);
    expect(started.id).toBe('r1');
    await asked(client, sessionEventsSchema, 'watch_run', { id: 'r1', after: 7 });
    expect(heard.splice(0)).toEqual([['r1', { after: 7, limit: 100, waitMs: 10_000 }]]);
    const decision = { step: 's1', argumentsHash: 'abc', verdict: 'approve', why: 'Ada said so' };
    await says(client, 'approve_step', { id: 'r1', ...decision });
    expect(heard).toEqual([['r1', decision]]);
  });

  test('are told what people did and have to say, through their doors', async () => {
    const knocks: unknown[] = [];
    const knock: Knock = async ({ method, path, body = '' }) => {
      knocks.push([`${method} ${path}`, JSON.parse(body)]);
      return { status: 200, type: 'application/json', body: '{}' };
    };
    const client = await withRuns(createHttpDoors({ knock, org: 'acme' }).runs);
    const answer = { step: 'undo/mail', done: false, why: 'Ada could not either', output: { called: [1] } };
    await says(client, 'answer_step', { id: 'r1', ...answer });
    await says(client, 'tell_run', { id: 'r1', text: 'They called.', key: 'k' });
    await says(client, 'replay_run', { id: 'r1' });
    const path = 'POST /api/v1/orchestration';
    expect(knocks).toEqual([
      [`${path}/sessions/r1/answer?org=acme`, answer],
      [`${path}/communicate?org=acme`, { session: 'r1', to: '*', text: 'They called.', key: 'k' }],
      [`${path}/sessions/r1/replay?org=acme`, {}],
    ]);
    expect(await says(client, 'answer_step', { id: 'r1', step: 'a', done: 'yes', why: 'x' })).toMatchObject({
      isError: true,
    });
  });

  test('tell a caller who asks for progress each event as it comes, and give all of them at the end', async () => {
    const pages = [[1, 2], [], [3]].map((ids) => ids.map((id) => anEvent(id)));
    const client = await withRuns({
      events: async (_, { after, limit }) => {
        const events = (pages.shift() ?? []).filter(({ id }) => id > after).slice(0, limit);
        return { events, ended: pages.length === 0 };
      },
    });
    const told: unknown[] = [];
    const call = { name: 'watch_run', arguments: { id: 'r1', waitMs: 20_000 } };
    const answer = await client.callTool(call, {
      onprogress: ({ progress, message }) => told.push([progress, message]),
    });
    expect(told).toEqual([
      [1, 'step 1 began'],
      [2, 'step 2 began'],
      [3, 'step 3 began'],
    ]);
    expect(JSON.stringify(answer)).toMatch(/step 1 began.*step 3 began/);
  });

  test('are refused as their door refuses', async () => {
    const client = await withRuns({
      approve: () => Promise.reject(new DoorRefused(409, 'It changed since you looked at it. Other arguments.')),
    });
    const decision = { step: 's1', argumentsHash: 'abc', verdict: 'approve', why: 'Ada said so' };
    expect(await says(client, 'approve_step', { id: 'r1', ...decision })).toEqual({
      isError: true,
      text: 'It changed since you looked at it. Other arguments.',
    });
    expect(await says(client, 'watch_run', { id: 'r1', waitMs: 60_000 })).toMatchObject({ isError: true });
  });

  test('say what they take where they are given something else', async () => {
    const client = await withRuns({});
    const told = await says(client, 'watch_run', { waitMs: 'long', waitM: 1 });
    expect(told).toMatchObject({ isError: true });
    for (const part of [
      'id: is missing; expected text',
      'waitMs: expected a number, got "long"',
      'waitM: unknown key; did you mean "waitMs"?',
    ]) {
      expect(told.text).toContain(part);
    }
    // What assistants are shown of a tool is its schema all the same.
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === 'watch_run')?.inputSchema).toMatchObject({
      required: ['id'],
      properties: { id: { type: 'string' } },
      additionalProperties: false,
    });
  });

  test('hand on nothing that no reader sees', async () => {
    const client = await withRuns({ get: async () => ({ title: 'a\u202Eb\u{E0041}c' }) });
    expect((await says(client, 'get_run', { id: 'r1' })).text).toBe('{"title":"abc"}');
  });
});
