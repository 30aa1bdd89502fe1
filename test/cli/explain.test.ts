import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { sumOf, type Contribution, type Score } from '../../src/core/score.ts';
import { differenceOf } from '../../src/explain/difference.ts';
import { explain } from '../../src/explain/explanation.ts';
import { tellDifference, tellExplanation } from '../../src/cli/explain/tell.ts';
import { anEvent, aScore } from '../support/store.ts';
import { run } from './support.ts';

const servers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of servers.splice(0)) await close();
});

const scored = (id: string, contributions: readonly Contribution[], given: Partial<Score> = {}) =>
  aScore({ id, contributions, value: sumOf(contributions), ...given });
const reason = (name: string, weight: number, value: number, eventId: string, quote: string | null) => ({
  name,
  weight,
  value,
  eventId,
  quote,
});
const before = scored('before', [
  reason('use', 30, 0.9, 'e1', 'sessions 40'),
  reason('not known', 25, 0.85, 'e1', null),
]);
const now = scored('now', [
  reason('use', 30, 0.1, 'e2', 'sessions 4'),
  reason('disputed', 1, -0.2, 'e3', 'fraudulent'),
]);
const deal = scored('deal', [reason('stalled', 0.5, 1, 'e9', null)], { name: 'deal_risk', subject: 'd1' });
const events = new Map(['e1', 'e2', 'e3'].map((id) => [id, anEvent({ id })]));

/** A daemon with these scores, and the addresses it was asked at. */
async function daemon(scores: readonly Score[] = [now, deal], range?: unknown) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push(`${url.pathname}?${url.searchParams.toString()}`);
    const [, , id, difference] = url.pathname.split('/');
    const at = url.searchParams.get('at') === null ? scores : [before];
    const listed = at.filter(({ name }) => (url.searchParams.get('name') ?? name) === name);
    const of = [before, ...scores].find((score) => score.id === id) ?? now;
    const found = difference ? differenceOf(before, of, events) : explain(of, events);
    const answer = id === undefined ? { scores: listed, next: null } : found;
    response.end(JSON.stringify(url.pathname === '/query' ? range : answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const address = server.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${address.port}` };
}

describe('weir explain', () => {
  test('tells why a score is what it is, every digit, the largest reason first', async () => {
    const { url } = await daemon();
    const { code, out } = await run(['explain', 'now', '--url', url]);
    expect(code).toBe(0);
    expect(out).toBe(`customer_health of account:brightloom: 2.8
2026-03-01 09:00:00  confidence 0.80  pipeline customer-health 1  id now

effect  reason    weight × value  seen          event
 3      use       30 × 0.1        “sessions 4”  2026-03-01 09:00:00 invoice.payment_failed in_1  e2
-0.2    disputed  1 × -0.2        “fraudulent”  2026-03-01 09:00:00 invoice.payment_failed in_1  e3

The effects add up to 2.8: the value, to the last digit.
`);
  });

  test('tells what was set that a score was made under, and what was set anew since an earlier one', async () => {
    const settings = { version: 2, segment: 'enterprise', values: { useWeight: 60, actUnder: 65 } };
    const tuned = scored('tuned', [reason('use', 60, 0.9, 'e1', 'sessions 40')], { settings });
    const { url } = await daemon([tuned]);
    const { out } = await run(['explain', 'tuned', '--url', url]);
    expect(out).toContain(`customer-health 1  settings 2 (enterprise)  id tuned
set: useWeight 60, actUnder 65
`);
    const { out: since } = await run(['explain', 'tuned', '--from', 'before', '--url', url]);
    expect(since).toContain(`customer-health 1  settings 2 (enterprise)  id tuned
set anew: actUnder as shipped → 65
set anew: useWeight as shipped → 60
`);
    expect(since).toContain('reweighed  use        27 → 54');
  });

  test('finds a score by whose it is, its name and when', async () => {
    const { url, asked } = await daemon();
    const which = ['--entity', 'account:brightloom', '--name', 'customer_health', '--subject', '', '--org', 'acme'];
    const { out } = await run(['explain', ...which, '--at', '2026-03-01T10:00:00Z', '--url', url]);
    expect(out).toContain(`: ${before.value}\n`);
    expect(asked).toEqual([
      '/scores?org=acme&entity=account%3Abrightloom&name=customer_health&subject=&at=2026-03-01T10%3A00%3A00Z&limit=200',
      '/scores/before?org=acme',
    ]);
  });

  test('lists the scores of an entity where none is named', async () => {
    const { url } = await daemon();
    const { out } = await run(['explain', '--entity', 'account:brightloom', '--url', url]);
    expect(out.split('\n').map((line) => line.split(/ +/)[0])).toEqual(['name', 'customer_health', 'deal_risk', '']);
  });

  test.each(['before', '2026-03-01T00:00:00Z'])('tells what changed since %s', async (from) => {
    const { url, asked } = await daemon();
    const { out } = await run(['explain', 'now', '--from', from, '--url', url]);
    expect(asked.at(-1)).toBe('/scores/now/difference?from=before');
    expect(out).toBe(`customer_health of account:brightloom: 48.25 → 2.8
from 2026-03-01 09:00:00  confidence 0.80  pipeline customer-health 1  id before
to   2026-03-01 09:00:00  confidence 0.80  pipeline customer-health 1  id now

change  what      reason     effect     seen          event
-24     replaced  use        27 → 3     “sessions 4”  2026-03-01 09:00:00 invoice.payment_failed in_1  e2
-21.25  gone      not known  21.25 → –  –             2026-03-01 09:00:00 invoice.payment_failed in_1  e1
 -0.2   added     disputed   – → -0.2   “fraudulent”  2026-03-01 09:00:00 invoice.payment_failed in_1  e3

The changes add up to -45.45: the difference, to the last digit.
`);
  });

  test('gives what the daemon answers, for programs', async () => {
    const { url } = await daemon();
    const json = async (...argv: string[]): Promise<unknown> =>
      JSON.parse((await run(['explain', ...argv, '--json', '--url', url])).out);
    expect(await json('now')).toEqual(JSON.parse(JSON.stringify(explain(now, events))));
    expect(await json('now', '--from', 'before')).toMatchObject({ difference: now.value - before.value });
    expect(await json('--entity', 'account:brightloom')).toEqual([now, deal]);
  });

  test('says which score there is not, and exits 1', async () => {
    const { url } = await daemon([]);
    const { code, err } = await run(['explain', '--entity', 'account:x', '--name', 'urgency', '--url', url]);
    expect([code, err]).toEqual([1, 'weir: account:x has no score of urgency, so far.\n']);
  });

  test('says from when there are scores where there are none so early, and exits 1', async () => {
    const range = { scores: '7', first: '2026-11-01T10:00:00Z', last: '2026-11-28T09:00:00Z' };
    const { url, asked } = await daemon([], range);
    const which = ['--entity', 'account:x', '--name', 'urgency', '--at', '2026-03-01T00:00:00Z'];
    const { code, err } = await run(['explain', ...which, '--url', url]);
    expect([code, err]).toEqual([
      1,
      'weir: account:x has no score of urgency, up to 2026-03-01T00:00:00Z. There are some from 2026-11-01T10:00:00Z to 2026-11-28T09:00:00Z.\n',
    ]);
    expect(asked.at(-1)).toBe('/query?default_format=JSONEachRow&param_entity=account%3Ax&param_name=urgency');
    const none = await daemon([], { ...range, scores: '0' });
    expect((await run(['explain', ...which, '--url', none.url])).err).toContain('There is none later, either.');
  });

  test('answers a wrong call with 2', async () => {
    for (const call of [
      [],
      ['id', '--entity', 'a'],
      ['id', '--at', '2026-03-01T00:00:00Z'],
      ['--name', 'urgency'],
      ['--entity', 'a', '--at', 'noon'],
      ['--entity', 'a', '--from', 'before'],
    ]) {
      expect((await run(['explain', ...call])).code, call.join(' ')).toBe(2);
    }
  });

  test('draws bars at a terminal, as long as the effects are large', () => {
    const drawn = tellExplanation(explain(now, events), true);
    expect(drawn).toContain('█'.repeat(16));
    expect(drawn).toContain('▒');
    expect(tellDifference(differenceOf(before, now, events), true)).toContain('▒'.repeat(16));
  });

  test('says so where reasons do not add up, or doubles leave a last digit over', () => {
    const wrong = { ...now, value: 3 };
    expect(tellExplanation(explain(wrong, events), false)).toContain('add up to 2.8, which is not the value');
    const parts = [reason('a', 1, 0.1, 'e1', null), reason('b', 1, 0.2, 'e1', null)];
    const told = tellDifference(differenceOf(scored('x', parts.slice(0, 1)), scored('y', parts), events), false);
    expect(told).toMatch(/rounding +the last digits of doubles/);
  });

  test('lets nothing that was quoted speak to the terminal', () => {
    const evil = scored('evil', [reason('a\u001B[2J', 1, 1, 'e1', '\u0007x')]);
    const told = tellExplanation(explain(evil, events), false);
    for (const sign of ['\u0007', '\u001B']) expect(told).not.toContain(sign);
  });
});
