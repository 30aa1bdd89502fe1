import { get } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionEventSchema, type SessionEvent } from '../../schemas/run.ts';
import { configOf } from '../../src/config/load.ts';
import { runRoutes, type RunRouteDeps } from '../../src/http/routes/runs.ts';
import { buildServer } from '../../src/http/server.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { createRegister } from '../../src/orchestration/register.ts';
import { readSession } from '../../src/orchestration/session-events.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { tokens } from '../support/push.ts';
import { until } from '../support/until.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const path = '/api/v1/orchestration/sessions';
const wanted = { kind: 'customer_health', goal: 'Why are they quiet?', entity: 'account:brightloom' };
const argumentsHash = 'a'.repeat(32);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

let log: MemoryLog;
beforeEach(() => {
  log = createMemoryLog(clock);
});

const answerSchema = z.looseObject({
  id: z.string().default(''),
  type: z.string().optional(),
  next: z.string().nullish(),
  sessions: z.array(z.looseObject({ id: z.string(), goal: z.string() })).default([]),
});

async function asking(more: Partial<RunRouteDeps['sessions']> = {}) {
  const failed = (error: unknown) => {
    throw error;
  };
  const register = createRegister(() => reader.complete());
  const reader = createRunsReader({
    happened: { runsPassedOver: (_, error) => expect.unreachable(String(error)) },
    log,
    see: (told) => told.kind === 'entry' && register.saw(told.org, told.run, told.entry, told.sequence),
    failed,
  });
  await reader.start();
  const server = await buildServer({
    http: configOf({}).http,
    version: '1.2.3',
    open: false,
    routes: [
      runRoutes({
        sessions: {
          ...createSessions(log, clock),
          list: register.list,
          read: (org, id) => readSession(log, register.listen, org, id),
          ...more,
        },
        kinds: ['customer_health'],
        authenticator: tokens,
        orgs: ['acme', 'globex'],
      }),
    ],
    asyncapi: {},
    happened: { requestAnswered: () => {}, requestFailed: () => {}, connectionRefused: () => {} },
  });
  undo.push(() => server.close());
  const address = `${await server.listen({ port: 0, host: '127.0.0.1' })}${path}`;
  const ask = async (to: string, body?: object, token = 'acme') => {
    const answer = await server.inject({
      method: body === undefined ? 'GET' : 'POST',
      url: to.startsWith('/../') ? path.replace(/sessions$/, to.slice(4)) : `${path}${to}`,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { payload: body }),
    });
    return { status: answer.statusCode, body: answerSchema.parse(answer.json()) };
  };
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  return Object.assign(ask, { address, connections });
}

/** What a stream of events says over real HTTP, one event after another. */
async function* streamed(address: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(address, { headers: { authorization: 'Bearer acme', ...headers } });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (text + chunk).split('\n\n');
    text = frames.pop() ?? '';
    for (const frame of frames) {
      const data = frame.split('\n').find((line) => line.startsWith('data: '));
      if (data) yield sessionEventSchema.parse(JSON.parse(data.slice(6)));
    }
  }
}

async function all(events: AsyncIterable<SessionEvent>): Promise<readonly SessionEvent[]> {
  const list: SessionEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** What can be waited for until it is opened. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}

/** As the conductor would say it. */
async function told(id: string, ...facts: readonly Fact[]) {
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data: encodeEntry(clock.now(), facts) });
}

const refusal = (status: number, code: string) => ({ status, body: { type: `urn:weir:error:${code}` } });

describe('a session', () => {
  test('is made, and shown with who asked for what; asked for again under the same key it is the same', async () => {
    const ask = await asking();
    const made = await ask('', { ...wanted, key: 'monday' });
    expect(made).toMatchObject({ status: 201, body: { ...wanted, org: 'acme', by: 'ada', status: 'waiting' } });
    expect((await ask('', { ...wanted, key: 'monday' })).body.id).toBe(made.body.id);
    expect((await ask('', wanted)).body.id).not.toBe(made.body.id);
    expect(await ask(`/${made.body.id}`)).toMatchObject({
      status: 200,
      body: { session: { id: made.body.id }, steps: [], result: null },
    });
  });

  test.each([
    ['a kind there is none of', { ...wanted, kind: 'astrology' }],
    ['no goal', { kind: 'customer_health' }],
    ['a goal that is too long', { ...wanted, goal: 'x'.repeat(2_001) }],
    ['a field nobody knows', { ...wanted, budget: 5 }],
    ['a time that is none', { ...wanted, asOf: 'yesterday' }],
  ])('is not made with %s', async (_, body) => {
    const ask = await asking();
    expect(await ask('', body)).toMatchObject(refusal(400, 'request-malformed'));
  });

  test('is cancelled once it was asked for and has not ended, with who and why in the log', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    expect(await ask(`/${id}/cancel`, {})).toMatchObject(refusal(400, 'request-malformed'));
    expect(await ask(`/${id}/cancel`, { why: 'a mistake' })).toMatchObject({ status: 200 });
    const message = await log.last('RUNS', subjects.run('acme', id));
    expect(JSON.parse(Buffer.from(message?.data ?? []).toString('utf8'))).toMatchObject({
      facts: [{ fact: 'cancel-requested', by: 'ada', why: 'a mistake' }],
    });
    await told(id, { fact: 'run-ended', outcome: 'cancelled', why: 'a mistake' });
    expect(await ask(`/${id}/cancel`, { why: 'again' })).toMatchObject(refusal(409, 'version-conflict'));
    expect(await ask(`/${'0'.repeat(32)}/cancel`, { why: 'x' })).toMatchObject(refusal(404, 'not-found'));
  });

  test('is approved for the arguments that were looked at, and for no others', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const answer = { step: 'fix', argumentsHash, why: 'looked at it' };
    expect(await ask(`/${id}/approve`, answer)).toMatchObject(refusal(409, 'version-conflict'));
    const step = { id: 'fix', skill: 'remediation', goal: 'Mend it', needs: [], input: {}, timeoutMs: 1_000 };
    const budget = { money: 0, tokens: 0, calls: 0, agentSeconds: 1 };
    const plan = { template: 't', version: 1, strategy: 'sequential', parallel: 1, budget, steps: [step] } as const;
    const asOf = '2026-06-01T00:00:00.000Z';
    const task = { key: `${id}/fix`, org: 'acme', entity: null, skill: 'remediation', goal: '', asOf, input: {} };
    await told(id, { fact: 'plan-decided', plan }, { fact: 'approval-requested', step: 'fix', task, argumentsHash });
    const others = { ...answer, argumentsHash: 'b'.repeat(32) };
    expect(await ask(`/${id}/approve`, others)).toMatchObject(refusal(409, 'version-conflict'));
    expect(await ask(`/${id}/approve`, answer)).toMatchObject({
      status: 200,
      body: { steps: [{ id: 'fix', approval: { argumentsHash, grants: ['ada'], denials: [] } }] },
    });
    expect(await ask(`/${id}/approve`, { ...answer, decision: 'deny' })).toMatchObject({
      body: { steps: [{ approval: { denials: ['ada'] } }] },
    });
  });

  test('is told by a person what came of a step that nobody else could do', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const answer = { step: 'fix', done: true, why: 'by hand' };
    expect(await ask(`/${id}/answer`, answer)).toMatchObject(refusal(409, 'version-conflict'));
    const asOf = '2026-06-01T00:00:00.000Z';
    const task = { key: `${id}/fix`, org: 'acme', entity: null, skill: 'remediation', goal: '', asOf, input: {} };
    await told(id, { fact: 'person-asked', step: 'fix', task, why: 'policy refuses it' });
    expect(await ask(`/${id}`)).toMatchObject({
      body: { people: [{ step: 'fix', why: 'policy refuses it', answer: null }] },
    });
    expect(await ask(`/${id}/answer`, answer)).toMatchObject({
      status: 200,
      body: { people: [{ answer: { by: 'ada', done: true, why: 'by hand' } }] },
    });
    expect(await ask(`/${id}/answer`, answer)).toMatchObject(refusal(409, 'version-conflict'));
  });

  test('takes messages to its agents, each once, and shows them', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const message = { session: id, to: '*', text: 'mind the audit', key: 'one' };
    const sent = await ask('/../communicate', message);
    expect(sent).toMatchObject({ status: 201, body: { from: 'person:ada', to: '*', text: 'mind the audit' } });
    expect((await ask('/../communicate', message)).body.id).toBe(sent.body.id);
    expect(await ask(`/${id}`)).toMatchObject({ body: { messages: [{ id: sent.body.id, text: 'mind the audit' }] } });
    for (const [refused, status, code] of [
      [{ ...message, to: 'nobody' }, 400, 'request-malformed'],
      [{ ...message, text: 'x'.repeat(4_001) }, 400, 'request-malformed'],
      [{ ...message, session: '0'.repeat(32) }, 404, 'not-found'],
    ] as const)
      expect(await ask('/../communicate', refused), code).toMatchObject(refusal(status, code));
    expect(await ask('/../communicate', message, 'globex')).toMatchObject(refusal(404, 'not-found'));
    expect(await ask('/../communicate', message, 'reader')).toMatchObject(refusal(403, 'not-allowed'));
  });

  test('of another organisation is as absent as one that does not exist', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    for (const at of [`/${id}`, '/none', `/${'0'.repeat(32)}`, '/weir.runs.acme'])
      expect(await ask(at, undefined, 'globex'), at).toMatchObject(refusal(404, 'not-found'));
    expect(await ask(`/${id}?org=acme`, undefined, 'globex')).toMatchObject(refusal(403, 'not-allowed'));
    expect(await ask(`/${id}/cancel`, { why: 'x' }, 'globex')).toMatchObject(refusal(404, 'not-found'));
  });

  test('is read with the right to read, and made, cancelled and approved with the right to act alone', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    expect(await ask(`/${id}`, undefined, 'reader')).toMatchObject({ status: 200 });
    expect(await ask('', undefined, 'pusher')).toMatchObject(refusal(403, 'not-allowed'));
    for (const to of ['', `/${id}/cancel`, `/${id}/approve`, `/${id}/answer`])
      expect(await ask(to, {}, 'reader'), to).toMatchObject(refusal(403, 'not-allowed'));
    expect(await ask('', undefined, 'nobody')).toMatchObject(refusal(401, 'token-wrong'));
  });
});

describe('the list', () => {
  test('has the newest first, in pages, by status and by entity; each as it is now', async () => {
    const ask = await asking();
    const ids: string[] = [];
    for (const goal of ['one', 'two', 'three']) ids.push((await ask('', { ...wanted, goal })).body.id);
    await ask('', { ...wanted, entity: 'account:globex' }, 'globex');
    await told(ids[0] ?? '', { fact: 'admitted' });
    await told(ids[0] ?? '', { fact: 'run-ended', outcome: 'completed', why: 'every step is over' });
    const goals = async (query: string) => (await ask(query)).body.sessions.map(({ goal }) => goal).join();
    await expect.poll(() => goals('?status=completed')).toBe('one');
    expect(await goals('')).toBe('three,two,one');
    expect(await goals('?status=waiting')).toBe('three,two');
    expect(await goals('?entity=account:globex')).toBe('');
    const { next } = (await ask('?limit=2')).body;
    expect(await goals(`?limit=2&cursor=${next}`)).toBe('one');
    expect(await goals(`?cursor=${'0'.repeat(32)}`)).toBe('');
  });

  test.each(['limit=0', 'limit=201', 'status=odd', 'cursor=x', 'org=a.b'])('%s is malformed', async (query) => {
    const ask = await asking();
    expect(await ask(`?${query}`)).toMatchObject(refusal(400, 'request-malformed'));
  });
});

describe('what happens in a session', () => {
  const ended: Fact = { fact: 'run-ended', outcome: 'completed', why: 'every step is over' };

  test('is told from its beginning, then as it happens, and the stream ends with the run', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const events = streamed(`${ask.address}/${id}/events`);
    expect((await events.next()).value).toMatchObject({ id: 1, fact: 'requested', by: null, step: null });
    await told(id, { fact: 'admitted' }, { fact: 'step-unassigned', step: 'churn', number: 1 });
    expect((await events.next()).value).toMatchObject({ id: 2, fact: 'admitted' });
    expect((await events.next()).value).toMatchObject({ id: 3, step: 'churn', text: 'nobody is there for churn' });
    await told(id, { fact: 'admitted' }, ended);
    expect(await all(events)).toMatchObject([{ id: 4, fact: 'run-ended', text: 'completed: every step is over' }]);
  });

  test('goes on where a reader stopped, by Last-Event-ID, and numbers nothing anew', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    await told(id, { fact: 'admitted' });
    await ask('', wanted);
    await told(id, ended);
    const whole = await all(streamed(`${ask.address}/${id}/events`));
    expect(whole.map((event) => event.id)).toEqual([1, 2, 3]);
    const rest = await all(streamed(`${ask.address}/${id}/events?after=1`, { 'last-event-id': '2' }));
    expect(rest).toEqual(whole.slice(2));
  });

  test('comes as a page of JSON to whoever asks for one, which waits for the first', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const page = async (query: string) => {
      const headers = { authorization: 'Bearer acme', accept: 'application/json' };
      return (await fetch(`${ask.address}/${id}/events?${query}`, { headers })).json();
    };
    expect(await page('after=1')).toEqual({ events: [], ended: false });
    const waiting = page('after=1&waitMs=20000');
    await told(id, { fact: 'admitted' });
    expect(await waiting).toMatchObject({ events: [{ id: 2, fact: 'admitted' }], ended: false });
    await told(id, ended);
    expect(await page('limit=2')).toMatchObject({ events: [{ id: 1 }, { id: 2 }], ended: false });
    expect(await page('after=2')).toMatchObject({ events: [{ id: 3 }], ended: true });
  });

  test('is told to nobody of another organisation, without the right to read, or of a session there is none of', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    for (const doing of ['events', 'replay'] as const) {
      const body = doing === 'replay' ? {} : undefined;
      expect(await ask(`/${id}/${doing}`, body, 'globex')).toMatchObject(refusal(404, 'not-found'));
      expect(await ask(`/${'0'.repeat(32)}/${doing}`, body)).toMatchObject(refusal(404, 'not-found'));
      expect(await ask(`/${id}/${doing}`, body, 'pusher')).toMatchObject(refusal(403, 'not-allowed'));
      expect(await ask(`/${id}/${doing}`, body, 'nobody')).toMatchObject(refusal(401, 'token-wrong'));
    }
    expect(await ask(`/${id}/events?after=-1`)).toMatchObject(refusal(400, 'request-malformed'));
    expect(await ask(`/${id}/events?waitMs=30001`)).toMatchObject(refusal(400, 'request-malformed'));
  });

  test('is read no further for who leaves while the session is looked up', async () => {
    const { id } = (await (await asking())('', wanted)).body;
    const sessions = createSessions(log, clock);
    const [asked, found, closed] = [gate(), gate(), gate()];
    const ask = await asking({
      async get(org, id) {
        asked.open();
        await found.passed;
        return sessions.get(org, id);
      },
      read: () => ({
        more: async () => ({ events: [], ended: false }),
        changed: (signal) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
        close: closed.open,
      }),
    });
    const reader = get(`${ask.address}/${id}/events`, { agent: false, headers: { authorization: 'Bearer acme' } });
    reader.on('error', () => undefined);
    await asked.passed;
    reader.destroy();
    await until('the connection is closed', async () => (await ask.connections()) === 0);
    found.open();
    await closed.passed;
  });

  test('does not keep a daemon from stopping', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    const events = streamed(`${ask.address}/${id}/events`);
    await events.next();
    for (const step of undo.splice(0).toReversed()) await step();
    expect(await events.next()).toMatchObject({ done: true });
  });
});
