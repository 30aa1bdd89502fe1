import { afterEach, describe, expect, test } from 'vitest';
import { explanationSchema } from '../../schemas/score.ts';
import type { Score } from '../../src/core/score.ts';
import { scoreRoutes } from '../../src/http/routes/scores.ts';
import type { Scores, ScoresAsked } from '../../src/store/store.ts';
import { tokens } from '../support/push.ts';
import { serverOf } from '../support/serving.ts';
import { anEvent, aScore } from '../support/store.ts';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0)) await each();
});

const reason = (name: string, value: number, eventId: string) => ({ name, weight: 1, value, eventId, quote: name });
const before = aScore({
  id: 'before',
  value: 80,
  contributions: [reason('use', 60, 'e1'), reason('support', 20, 'e2')],
});
const now = aScore({ id: 'now', value: 35, contributions: [reason('use', 15, 'e3'), reason('support', 20, 'e2')] });
const deals = ['d1', 'd2', 'd3'].map((subject) => aScore({ id: subject, name: 'deal_risk', subject }));
const theirs = aScore({ id: 'theirs', org: 'globex' });

/** A server over scores in memory, and what was asked of them. */
async function setting(stored: readonly Score[] = [before, now, ...deals, theirs]) {
  const asked: ScoresAsked[] = [];
  const scores: Scores = {
    at: async (question) => {
      asked.push(question);
      const { org, after, limit } = question;
      const own = stored.filter((score) => score.org === org && score.id !== 'before');
      const from = after
        ? own.findIndex(({ name, subject }) => name === after.name && subject === after.subject) + 1
        : 0;
      return own.slice(from, from + limit);
    },
    find: async (org, id) => stored.find((score) => score.org === org && score.id === id),
    events: async (_, entity, ids) =>
      new Map(ids.filter((id) => id !== 'e2').map((id) => [id, anEvent({ id, entity })] as const)),
  };
  const server = await serverOf(scoreRoutes({ scores, authenticator: tokens, orgs: ['acme', 'globex'] }));
  undo.push(() => server.close());
  const ask = async (url: string, token: string | undefined = 'reader') => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await server.inject({ url, headers });
    const body: Record<string, unknown> = answer.json();
    return { status: answer.statusCode, body };
  };
  return { ask, asked };
}

describe('GET /scores', () => {
  test('lists the scores of an entity at a time, page by page, each once', async () => {
    const { ask, asked } = await setting();
    const first = await ask('/scores?entity=account:brightloom&at=2026-03-02T10:00:00%2B01:00&limit=3');
    expect(first).toMatchObject({ status: 200, body: { scores: [now, deals[0], deals[1]] } });
    expect(asked[0]).toEqual({
      org: 'acme',
      entity: 'account:brightloom',
      at: Date.UTC(2026, 2, 2, 9),
      limit: 4,
    });
    const rest = await ask(`/scores?entity=account:brightloom&limit=3&cursor=${String(first.body['next'])}`);
    expect(rest.body).toEqual({ scores: [deals[2]], next: null });
  });

  test('hands on which are wanted', async () => {
    const { ask, asked } = await setting();
    await ask('/scores?entity=a&name=deal_risk&subject=');
    expect(asked[0]).toEqual({ org: 'acme', entity: 'a', name: 'deal_risk', subject: '', limit: 51 });
  });

  test.each([
    ['without an entity', '/scores', 'request-malformed'],
    ['of a day that is none', '/scores?entity=a&at=2026-02-31T00:00:00Z', 'request-malformed'],
    ['of a page too large', '/scores?entity=a&limit=201', 'request-malformed'],
    ['after a page that was none', '/scores?entity=a&cursor=nonsense', 'cursor-invalid'],
  ])('refuses to list %s', async (_, url, code) => {
    const { ask } = await setting();
    expect((await ask(url)).body).toMatchObject({ type: `urn:weir:error:${code}`, status: 400 });
  });
});

describe('GET /scores/{id}', () => {
  test('says why: every reason with its event, and whether they add up', async () => {
    const { ask } = await setting();
    const { status, body } = await ask('/scores/now');
    expect(status).toBe(200);
    expect(explanationSchema.parse(body)).toMatchObject({
      value: 35,
      sum: 35,
      exact: true,
      contributions: [
        { name: 'support', effect: 20, place: 2, event: null },
        { name: 'use', effect: 15, place: 1, event: { id: 'e3', type: 'invoice.payment_failed', origin: 'stripe' } },
      ],
    });
  });
});

describe('GET /scores/{id}/difference', () => {
  test('says what changed since an earlier one', async () => {
    const { ask } = await setting();
    expect((await ask('/scores/now/difference?from=before')).body).toMatchObject({
      from: { id: 'before', value: 80 },
      to: { id: 'now', value: 35 },
      difference: -45,
      changes: [{ kind: 'replaced', name: 'use', change: -45, eventId: 'e3', event: { id: 'e3' } }],
      rounding: [],
    });
  });

  test('wants two scores of one thing', async () => {
    const { ask } = await setting();
    expect((await ask('/scores/now/difference?from=d1')).body).toMatchObject({
      type: 'urn:weir:error:request-malformed',
    });
    expect((await ask('/scores/now/difference')).body).toMatchObject({ type: 'urn:weir:error:request-malformed' });
    expect((await ask('/scores/now/difference?from=nothing')).status).toBe(404);
  });
});

describe('scores', () => {
  const urls = ['/scores?entity=a', '/scores/now', '/scores/now/difference?from=before'];

  test('are for those who may read, in their own organisation', async () => {
    const { ask } = await setting();
    for (const url of urls) {
      const more = url.includes('?') ? '&' : '?';
      expect((await ask(url, '')).status).toBe(401);
      expect((await ask(url, 'pusher')).status).toBe(403);
      expect((await ask(`${url}${more}org=globex`)).status).toBe(403);
      expect((await ask(`${url}${more}org=acme`, 'operator')).status).toBe(200);
      expect((await ask(`${url}${more}org=acne`, 'operator')).status).toBe(404);
    }
  });

  test('of others are as absent as those that never were', async () => {
    const { ask } = await setting();
    const [others, none] = [await ask('/scores/theirs'), await ask('/scores/none')];
    expect([others.status, none.status]).toEqual([404, 404]);
    expect(others.body['type']).toBe('urn:weir:error:not-found');
    expect((await ask('/scores/now/difference?from=theirs')).status).toBe(404);
  });
});
