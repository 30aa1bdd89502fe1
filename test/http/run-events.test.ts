import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { sessionEventSchema, type SessionEvent } from '../../schemas/run.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { until } from '../support/until.ts';
import { clock, refusal, servingSessions, wanted } from './served-sessions.ts';

const { asking, told, stop, log } = servingSessions();

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
    const sessions = createSessions(log(), clock);
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
    await stop();
    expect(await events.next()).toMatchObject({ done: true });
  });
});

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
