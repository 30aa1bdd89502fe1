import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkEvents } from '../../src/intake/cloudevents.ts';
import { alertIdOf, epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openDoor, tokens, type Door } from '../support/push.ts';

const clock = { now: () => epoch };
const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

/** What any of these answers may hold; the rest stays as it is. */
const answerSchema = z.looseObject({
  alerts: z.array(z.looseObject({ entity: z.string() })).default([]),
  next: z.string().nullish(),
  transitions: z.array(z.unknown()).default([]),
});
type Answer = z.infer<typeof answerSchema>;

async function setting() {
  const log = createMemoryLog(clock);
  const door: Door = await openDoor({ log, clock, authenticator: tokens, orgs: ['acme', 'globex'] });
  undo.push(() => door.close());
  const ask = async (path: string, token = 'acme', body?: unknown) => {
    const response = await fetch(`${door.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: answerSchema.parse(await response.json()) };
  };
  /** The list comes from the hub, which hears of a change a moment after the log has it. */
  const askUntil = async (path: string, holds: (body: Answer) => boolean) => {
    for (;;) {
      const { body } = await ask(path);
      if (holds(body)) return body;
    }
  };
  return { log, book: writeAlerts(log), ask, askUntil, said: door.said };
}

const one = `/alerts/${alertIdOf('acme', 'one')}`;
const seen = { version: 1, episode: 1, why: 'calling them' };

describe('GET /alerts', () => {
  test('lists what is open and was resolved lately, newest change first, filtered and paged', async () => {
    const { book, ask, askUntil } = await setting();
    for (const name of ['one', 'two', 'three'])
      await book.raise(name, { severity: name === 'two' ? 'critical' : 'info' });
    await book.clear('one');
    const all = await askUntil(
      '/alerts',
      ({ alerts }) => alerts.map(({ entity }) => entity).join() === 'one,three,two',
    );
    expect(all).toMatchObject({ next: null, complete: true });
    expect((await ask('/alerts?status=open&minSeverity=critical')).body.alerts).toMatchObject([{ entity: 'two' }]);
    const first = (await ask('/alerts?limit=2')).body;
    expect(first.alerts).toMatchObject([{ entity: 'one', status: 'resolved' }, { entity: 'three' }]);
    expect((await ask(`/alerts?limit=2&cursor=${first.next}`)).body).toMatchObject({
      alerts: [{ entity: 'two' }],
      next: null,
    });
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'kinds=none', 'status=', 'org=a.b', 'cursor=', 'severity=critical'])(
    '%s is malformed',
    async (query) => {
      const { ask } = await setting();
      expect(await ask(`/alerts?${query}`)).toMatchObject({ status: 400, body: { code: 'request-malformed' } });
    },
  );
});

test('an organisation that is not configured is not there, rather than without alerts', async () => {
  const { ask } = await setting();
  for (const path of ['/alerts', one])
    expect(await ask(`${path}?org=acne`, 'operator'), path).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(await ask('/alerts?org=acne')).toMatchObject({ status: 403 });
});

describe('GET /alerts/{id}', () => {
  test('gives the alert with all its transitions', async () => {
    const { book, ask } = await setting();
    await book.raise('one');
    await book.raise('one', { severity: 'critical' });
    await book.clear('one');
    const { body } = await ask(one);
    expect(body).toMatchObject({
      alert: { version: 3, status: 'resolved' },
      transitions: [
        { transition: 'opened' },
        { transition: 'updated', why: 'rose from warning to critical' },
        { transition: 'resolved' },
      ],
      complete: true,
    });
  });

  test('of very many transitions gives the newest, and says that there are more', async () => {
    const { book, ask } = await setting();
    for (let turn = 0; turn < 550; turn += 1) {
      await book.raise('one');
      await book.raise('two');
      await book.clear('one');
    }
    const { alert, transitions, complete } = z
      .object({
        alert: z.object({ version: z.number() }),
        transitions: z.array(z.object({ alert: z.object({ entity: z.string(), version: z.number() }) })),
        complete: z.boolean(),
      })
      .parse((await ask(one)).body);
    expect(alert.version).toBe(1_100);
    expect(transitions.map((each) => `${each.alert.entity} ${each.alert.version}`)).toEqual(
      Array.from({ length: 200 }, (_, index) => `one ${901 + index}`),
    );
    expect(complete).toBe(false);
  });

  test('another organisation’s, another role’s, and what is no id at all, are not there', async () => {
    const { book, ask } = await setting();
    await book.raise('one');
    for (const [path, token] of [
      [one, 'globex'],
      [one, 'finance'],
      ['/alerts/*', 'acme'],
      ['/alerts/%3E', 'acme'],
      [`/alerts/${'0'.repeat(32)}`, 'acme'],
    ] as const) {
      expect(await ask(path, token), path).toMatchObject({ status: 404, body: { code: 'not-found' } });
    }
  });
});

describe('POST /alerts/{id}/acknowledge and /resolve', () => {
  test('do it, say who and why, and give the alert after it; a second time it is so already', async () => {
    const { book, ask } = await setting();
    await book.raise('one');
    for (const _ of [1, 2]) {
      expect(await ask(`${one}/acknowledge`, 'acme', seen)).toMatchObject({
        status: 200,
        body: { status: 'acknowledged', version: 2 },
      });
    }
    expect(await ask(`${one}/resolve`, 'acme', { ...seen, version: 2 })).toMatchObject({
      status: 200,
      body: { status: 'resolved', version: 3 },
    });
    const { transitions } = (await ask(one)).body;
    expect(transitions).toMatchObject([
      {},
      { transition: 'acknowledged', by: 'ada', why: 'calling them' },
      { transition: 'resolved' },
    ]);
  });

  test('pass on whether it was useful or noise, as one event an episode, once it is done', async () => {
    const { book, ask, said } = await setting();
    await book.raise('one');
    const judged = { ...seen, verdict: 'noise' };
    for (const _ of [1, 2]) expect(await ask(`${one}/resolve`, 'acme', judged)).toMatchObject({ status: 200 });
    expect(said.map(({ org, event }) => [org, JSON.parse(event)])).toEqual(
      [1, 2].map(() => [
        'acme',
        expect.objectContaining({
          id: `${alertIdOf('acme', 'one')}/1`,
          type: 'weir.outcome.alert',
          entity: 'one',
          data: expect.objectContaining({ alert: alertIdOf('acme', 'one'), outcome: 'noise', by: 'ada' }),
        }),
      ]),
    );
    expect(checkEvents(said.map(({ event }) => JSON.parse(event)))).toMatchObject({ kind: 'valid' });

    expect(await ask(`${one}/resolve`, 'acme', { ...judged, episode: 2 })).toMatchObject({ status: 409 });
    expect(await ask(`${one}/resolve`, 'acme', { ...judged, verdict: 'so so' })).toMatchObject({ status: 400 });
    expect(said).toHaveLength(2);
  });

  test('409 with what it is now, where it is another episode', async () => {
    const { book, ask } = await setting();
    await book.raise('one');
    await book.clear('one');
    await book.raise('one');
    expect(await ask(`${one}/acknowledge`, 'acme', seen)).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', version: 3, episode: 2, status: 'open' },
    });
  });

  test('403 without the right to act, 404 for another organisation’s or role’s, 400 for a body that is not it', async () => {
    const { book, ask } = await setting();
    await book.raise('one');
    expect(await ask(`${one}/resolve`, 'reader', seen)).toMatchObject({ status: 403 });
    expect(await ask(`${one}/resolve`, 'globex', seen)).toMatchObject({ status: 404 });
    expect(await ask(`${one}/resolve`, 'finance', seen)).toMatchObject({ status: 404 });
    for (const body of [{}, { ...seen, version: 0 }, { ...seen, why: '' }, { ...seen, by: 'somebody else' }, [], 'x']) {
      expect(await ask(`${one}/resolve`, 'acme', body)).toMatchObject({
        status: 400,
        body: { code: 'request-malformed' },
      });
    }
    expect((await ask(one)).body).toMatchObject({ alert: { version: 1 } });
  });
});
