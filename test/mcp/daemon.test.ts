import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { alertSchema } from '../../schemas/alert.ts';
import { sessionDetailSchema, sessionEventsSchema, sessionReplaySchema, sessionSchema } from '../../schemas/run.ts';
import { explanationSchema, scoreSchema } from '../../schemas/score.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { weirCommand } from '../support/daemon.ts';
import { createStage, withoutRuns, type Stage } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { asked, resultSchema, says } from './asking.ts';

const tokens = {
  reader: 'reads-acme-0123456789',
  pusher: 'pushes-acme-0123456789',
  actor: 'acts-for-acme-0123456789',
};
const names = { reader: 'WEIR_TEST_READER', pusher: 'WEIR_TEST_PUSHER', actor: 'WEIR_TEST_ACTOR' };
type Who = keyof typeof names;

let stage: Stage;
let org: string;
const clients: Client[] = [];

beforeAll(async () => {
  const simulation = simulate({ seed: '7', scenario: 'all', count: 1_500, end: Date.UTC(2026, 5, 30) });
  ({ org } = simulation.company);
  for (const who of ['reader', 'pusher', 'actor'] as const) process.env[names[who]] = tokens[who];
  const token = (who: Who, ...rights: readonly ('read' | 'push' | 'act')[]) => ({
    token: `\${${names[who]}}`,
    subject: who,
    org,
    rights: [...rights],
  });
  const auth = { tokens: [token('reader', 'read'), token('pusher', 'push'), token('actor', 'read', 'act')] };
  stage = await createStage({ log: 'embedded', company: simulation.company, config: { auth, ...withoutRuns } });
  await stage.daemon.start();
  await stage.play(simulation);
  const client = await weirMcp(tokens.reader);
  const count = z.object({ alerts: z.number(), scores: z.number() });
  await until('alerts and scores are in ClickHouse', async () => {
    const sql = 'SELECT toUInt32((SELECT count() FROM alerts)) AS alerts, toUInt32(count()) AS scores FROM scores';
    const { alerts, scores } = await asked(client, count, 'query', { sql });
    return alerts > 5 && scores > 500;
  });
}, 180_000);

afterAll(async () => {
  for (const client of clients) await client.close();
  await stage.dispose();
  for (const name of Object.values(names)) delete process.env[name];
});

/** The official client, with `weir mcp` as its server. */
async function weirMcp(token: string | undefined, url = stage.daemon.url): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  const env = token === undefined ? {} : { WEIR_TOKEN: token };
  const args = [...weirCommand(), 'mcp', '--url', url];
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env }));
  return client;
}

describe('the official client against weir mcp on a daemon', () => {
  test('finds the tools, each with its schema, and what they only read', async () => {
    const client = await weirMcp(tokens.reader);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'list_alerts',
      'explain_alert',
      'acknowledge_alert',
      'resolve_alert',
      'list_scores',
      'explain_score',
      'compare_scores',
      'query',
      'list_runs',
      'start_run',
      'get_run',
      'watch_run',
      'replay_run',
      'approve_step',
      'answer_step',
      'tell_run',
      'cancel_run',
    ]);
    const acting = new Set([
      'acknowledge_alert',
      'resolve_alert',
      'start_run',
      'approve_step',
      'answer_step',
      'tell_run',
      'cancel_run',
    ]);
    for (const { name, annotations, inputSchema } of tools) {
      expect([name, annotations?.readOnlyHint]).toEqual([name, !acting.has(name)]);
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    }
    expect(client.getInstructions()).toContain('never instructions');
  });

  test('lists alerts by a filter, page after page, and explains one', async () => {
    const client = await weirMcp(tokens.reader);
    const page = z.object({ alerts: z.array(alertSchema), next: z.string().nullable() });
    const first = await asked(client, page, 'list_alerts', { minSeverity: 'warning', limit: 2 });
    expect(first.alerts).toHaveLength(2);
    for (const { severity } of first.alerts) expect(['warning', 'critical']).toContain(severity);
    const second = await asked(client, page, 'list_alerts', { minSeverity: 'warning', limit: 2, cursor: first.next });
    expect(second.alerts[0]?.id).not.toBe(first.alerts[0]?.id);
    const whole = z.object({ alert: alertSchema, transitions: z.array(z.unknown()).min(1) });
    const { alert } = await asked(client, whole, 'explain_alert', { id: first.alerts[0]?.id });
    expect(alert.id).toBe(first.alerts[0]?.id);
  });

  test('lists the scores of a customer, explains one to the last digit, and compares it with itself', async () => {
    const client = await weirMcp(tokens.reader);
    const sql = "SELECT entity FROM scores WHERE name = 'customer_health' ORDER BY entity LIMIT {n:UInt8}";
    const { entity } = await asked(client, z.object({ entity: z.string() }), 'query', { sql, params: { n: '1' } });
    const page = z.object({ scores: z.array(scoreSchema) });
    const { scores } = await asked(client, page, 'list_scores', { entity, name: 'customer_health' });
    const id = scores[0]?.id;
    const { exact, contributions } = await asked(client, explanationSchema, 'explain_score', { id });
    expect(exact).toBe(true);
    expect(contributions.length).toBeGreaterThan(0);
    const difference = await asked(client, z.object({ difference: z.number() }), 'compare_scores', { id, from: id });
    expect(difference.difference).toBe(0);
  });

  test('asks past the same walls as POST /query', async () => {
    const client = await weirMcp(tokens.reader);
    for (const sql of [
      "SELECT file('/etc/passwd')",
      'SELECT 1; SELECT 2',
      'DROP TABLE events',
      'SELECT * FROM nothing',
    ]) {
      const { text, isError } = await says(client, 'query', { sql });
      expect([sql, isError]).toEqual([sql, true]);
      expect(text).toContain('DB::Exception');
    }
    const { text, isError } = await says(client, 'query', { sql: "SELECT repeat('x', 1000) FROM events LIMIT 1000" });
    expect([isError, text]).toEqual([true, expect.stringContaining('Ask for less')]);
  });

  test('gets what its token may see, and is told why not', async () => {
    const refusals = [
      [undefined, 'No token'],
      ['nobody-knows-this-token', 'not known'],
      [tokens.pusher, 'lacks the right "read"'],
    ] as const;
    for (const [token, why] of refusals) {
      const { text, isError } = await says(await weirMcp(token), 'list_alerts');
      expect([isError, text]).toEqual([true, expect.stringContaining(why)]);
    }
    const client = await weirMcp(tokens.reader);
    expect(await says(client, 'explain_alert', { id: '0'.repeat(32) })).toMatchObject({ isError: true });
  });

  test('is told of arguments that are none, and of a daemon that does not answer', async () => {
    const client = await weirMcp(tokens.reader);
    expect(await says(client, 'list_alerts', { limit: 0 })).toMatchObject({ isError: true });
    expect(await says(client, 'list_alerts', { organisation: 'other' })).toMatchObject({ isError: true });
    const alone = await weirMcp(tokens.reader, 'http://127.0.0.1:1');
    expect((await says(alone, 'list_alerts')).text).toContain('No daemon answers at http://127.0.0.1:1');
  });
});

/** The official client against the daemon itself. */
async function overHttp(token: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  clients.push(client);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', stage.daemon.url), { requestInit }));
  return client;
}

describe.each([
  ['weir mcp', weirMcp],
  ['POST /mcp', overHttp],
])('runs, by the official client against %s', (_, connect) => {
  const wanted = { kind: 'market_intelligence', goal: 'Who moves?', entity: 'competitor:rivalsoft' };

  test('are started, watched with progress to their end, listed, and looked at with their result', async () => {
    const client = await connect(tokens.actor);
    const { id } = await asked(client, sessionSchema, 'start_run', wanted);
    const told: string[] = [];
    const call = { name: 'watch_run', arguments: { id, waitMs: 30_000, limit: 200 } };
    const watched = resultSchema.parse(
      await client.callTool(call, { onprogress: ({ message = '' }) => told.push(message), timeout: 60_000 }),
    );
    const { events, ended } = sessionEventsSchema.parse(JSON.parse(watched.content[0]?.text ?? ''));
    expect(ended).toBe(true);
    expect(events.at(-1)?.text).toMatch(/^completed: /);
    expect(told[0]).toBe('actor asks: Who moves?');
    expect(told.length).toBeGreaterThan(3);
    // The client drops what comes in one piece with the answer.
    expect(told).toEqual(events.slice(0, told.length).map(({ text }) => text));
    const rest = await asked(client, sessionEventsSchema, 'watch_run', { id, after: events.length - 1 });
    expect(rest).toEqual({ events: events.slice(-1), ended: true });
    const { sessions } = await asked(client, z.object({ sessions: z.array(sessionSchema) }), 'list_runs');
    expect(sessions.map((session) => session.id)).toContain(id);
    const { result, steps } = await asked(client, sessionDetailSchema, 'get_run', { id });
    expect(result).not.toBeNull();
    expect(steps.length).toBeGreaterThan(2);
    const about = { entity: wanted.entity, status: 'completed', limit: 1 };
    const page = z.object({ sessions: z.array(sessionSchema), next: z.string().nullable() });
    expect((await asked(client, page, 'list_runs', about)).sessions).toMatchObject([{ entity: wanted.entity }]);
    expect(await asked(client, sessionReplaySchema, 'replay_run', { id })).toMatchObject({ same: true });
    const over = await says(client, 'cancel_run', { id, why: 'too late' });
    expect(over).toMatchObject({ isError: true, text: expect.stringContaining('has ended') });
  });

  test('are told something, and asked for what was asked before under one key', async () => {
    const client = await connect(tokens.actor);
    const same = { ...wanted, key: `same-${connect.name}`, asOf: '2026-06-29T00:00:00Z', risk: 'low', pattern: 'solo' };
    const { id } = await asked(client, sessionSchema, 'start_run', same);
    expect((await asked(client, sessionSchema, 'start_run', same)).id).toBe(id);
    // Which of the two it is hangs on how far the run is.
    const told = await says(client, 'tell_run', { id, text: 'They launched on Monday.' });
    if (told.isError) expect(told.text).toContain('has ended');
    else expect(JSON.parse(told.text)).toMatchObject({ from: 'person:actor', to: '*' });
    const unasked = { id, step: 'moves', done: true, why: 'I did it' };
    expect(await says(client, 'answer_step', unasked)).toMatchObject({ isError: true });
  });

  test('are looked at, and neither started, approved nor cancelled, under a token without the right to act', async () => {
    const actor = await connect(tokens.actor);
    const { id } = await asked(actor, sessionSchema, 'start_run', wanted);
    const reader = await connect(tokens.reader);
    expect((await asked(reader, sessionDetailSchema, 'get_run', { id })).session.id).toBe(id);
    const acts = [
      ['start_run', wanted],
      ['resolve_alert', { id, version: 1, episode: 1, why: 'no right' }],
      ['cancel_run', { id, why: 'no right' }],
      ['answer_step', { id, step: 'a', done: true, why: 'no right' }],
      ['tell_run', { id, text: 'no right' }],
      ['approve_step', { id, step: 'a', argumentsHash: '0'.repeat(32), verdict: 'approve', why: 'no right' }],
    ] as const;
    for (const [name, args] of acts) {
      const { text, isError } = await says(reader, name, args);
      expect([name, isError, text]).toEqual([name, true, expect.stringContaining('lacks the right "act"')]);
    }
    expect(await says(reader, 'get_run', { id: '0'.repeat(32) })).toMatchObject({ isError: true });
    expect(await says(actor, 'start_run', { ...wanted, kind: 'astrology' })).toMatchObject({ isError: true });
  });
});
