import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { epoch } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { openDoor, tokens } from '../support/push.ts';
import { anInsight } from '../support/store.ts';
import { streamed } from '../support/streamed.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function setting(options: Partial<Parameters<typeof openDoor>[0]> = {}) {
  const clock = { now: () => epoch };
  const log = createMemoryLog(clock);
  const door = await openDoor({ log, clock, authenticator: tokens, orgs: ['acme', 'globex'], ...options });
  undo.push(() => door.close());
  const say = async (run: string, facts: readonly Fact[], org = 'acme') => {
    await log.append({ stream: 'RUNS', subject: subjects.run(org, run), data: encodeEntry(epoch, facts) });
  };
  return { log, door, say, address: `${door.http}/api/v1/orchestration/stream` };
}

const acme = { authorization: 'Bearer acme' };
const event = z.looseObject({
  run: z.string().exactOptional(),
  facts: z.array(z.object({ fact: z.string() })).exactOptional(),
});

async function listen(address: string, headers: Record<string, string> = acme) {
  const stream = await streamed(address, headers);
  undo.push(() => stream.stop());
  const next = () => stream.next(event);
  /** Whom the next event is of, and what became true. */
  const heard = async () => {
    const { data } = await next();
    return `${data.run} ${data.facts?.map(({ fact }) => fact).join('+')}`;
  };
  return { ...stream, next, heard };
}

const asked = (run: string, entity = 'account:a', kind = 'customer_health'): readonly Fact[] => [
  { fact: 'requested', request: aRequest(run, { entity, kind }) },
];
const admitted: readonly Fact[] = [{ fact: 'admitted' }];
const insights = [{ ...anInsight() }];
const ended: readonly Fact[] = [
  { fact: 'result-synthesised', result: { summary: 'They may leave.', confidence: 0.7, findings: [], insights } },
  { fact: 'run-ended', outcome: 'completed', why: 'every step is over' },
];

describe('GET /api/v1/orchestration/stream', () => {
  test('tells every run of the organisation as it goes on; Last-Event-ID goes on after an event', async () => {
    const { address, say } = await setting();
    const first = await listen(address);
    expect(await first.next()).toMatchObject({ event: 'subscribed', id: expect.any(String) });
    await say('theirs', asked('theirs'), 'globex');
    await say('one', asked('one'));
    const one = await first.next();
    expect(one).toMatchObject({
      event: 'run',
      data: { type: 'run', run: 'one', kind: 'customer_health', entity: 'account:a', cursor: one.id },
    });
    expect(one.data).not.toHaveProperty('id');
    await say('two', asked('two'));
    expect(await first.heard()).toBe('two requested');
    first.stop();

    await say('one', admitted);
    const again = await listen(`${address}?from=now`, { ...acme, 'last-event-id': one.id ?? '' });
    expect(await again.next()).toMatchObject({ event: 'subscribed', id: one.id });
    expect([await again.heard(), await again.heard()]).toEqual(['two requested', 'one admitted']);
    await say('two', ended);
    expect(await again.heard()).toBe('two result-synthesised+run-ended');
  });

  test('begins with what is under way, and filters, as the WebSocket does', async () => {
    const { address, say } = await setting();
    await say('over', asked('over'));
    await say('one', asked('one'));
    await say('money', asked('money', 'account:b', 'financial'));
    await say('over', ended);
    const all = await listen(`${address}?from=open`);
    const some = await listen(`${address}?from=open&kinds=financial,open&entities=account:b`);
    await all.next();
    await some.next();
    expect([await all.heard(), await all.heard()]).toEqual(['one requested', 'money requested']);
    expect(await some.heard()).toBe('money requested');
    await say('one', admitted);
    await say('money', admitted);
    expect(await some.heard()).toBe('money admitted');
  });

  test('tells what came of runs, and nothing of how', async () => {
    const { address, say } = await setting();
    const stream = await listen(`${address}?topic=insights`);
    await stream.next();
    await say('one', asked('one'));
    await say('one', admitted);
    await say('one', ended);
    expect(await stream.next()).toMatchObject({
      event: 'insights',
      data: { type: 'insights', run: 'one', summary: 'They may leave.', confidence: 0.7, insights },
    });
  });

  test('is kept open by a comment now and then, counted with the streams of alerts, and ends with the daemon', async () => {
    const { address, door } = await setting({ limits: { pingEveryMs: 5 } });
    const alerts = await listen(`${door.http}/alerts/stream`);
    await alerts.next();
    const stream = await listen(address);
    expect(await stream.comment()).toBe(true);
    expect(door.told.all.filter((each) => each.startsWith('connected'))).toEqual([
      'connected:sse:1',
      'connected:sse:2',
    ]);
    await door.close();
    undo.splice(0);
    await expect(
      (async () => {
        for (;;) await stream.next();
      })(),
    ).rejects.toThrow('the stream ended');
  });

  test('is cut where nobody takes anything', async () => {
    const { address, door, say } = await setting({
      limits: { pingEveryMs: 5, silentMsMax: 20, bufferedBytesMax: 1e9 },
    });
    const stream = await listen(address);
    await stream.next();
    const goal = 'x'.repeat(400_000);
    const long: Fact = { fact: 'requested', request: aRequest('long', { entity: null, goal }) };
    // More than the network takes for who does not read.
    for (let run = 0; run < 60; run += 1) await say(`long${run}`, [long]);
    const gone = () => door.told.all.some((each) => each === 'gone:sse:silent');
    for (let turn = 0; turn < 20_000 && !gone(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(gone()).toBe(true);
  });

  test.each([
    ['a cursor that is none', '', { 'last-event-id': 'nonsense' }, 400, 'cursor-invalid'],
    ['a topic of its own', '?topic=alerts', {}, 400, 'request-malformed'],
    ['insights that are open', '?topic=insights&from=open', {}, 400, 'request-malformed'],
    ['a token of another organisation', '?org=globex', {}, 403, 'not-allowed'],
    ['a token without the right to read', '', { authorization: 'Bearer pusher' }, 403, 'not-allowed'],
    ['no token', '', { authorization: '' }, 401, 'token-wrong'],
  ])('refuses %s before it begins', async (_, query, headers, status, code) => {
    const { address } = await setting();
    const response = await fetch(`${address}${query}`, { headers: { ...acme, ...headers } });
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })]);
  });

  test('refuses more than there may be', async () => {
    const { address } = await setting({ limits: { connectionsPerOrgMax: 1 } });
    const stream = await listen(address);
    await stream.next();
    expect((await fetch(address, { headers: acme })).status).toBe(429);
    stream.stop();
  });
});
