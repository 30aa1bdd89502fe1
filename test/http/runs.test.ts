import { describe, expect, test } from 'vitest';
import { subjects } from '../../src/log/subjects.ts';
import { refusal, servingSessions, wanted } from './served-sessions.ts';

const argumentsHash = 'a'.repeat(32);
const { asking, told, log } = servingSessions();

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
    ['a field nobody knows', { ...wanted, colour: 'red' }],
    ['a budget below nothing', { ...wanted, budget: { money: -1 } }],
    ['steps nobody proposes', { ...wanted, kind: 'open' }],
    ['something wanted of a kind that says its steps', { ...wanted, wanted: ['forecast'] }],
    [
      'something wanted that it is given already',
      { ...wanted, kind: 'open', wanted: ['city'], input: { city: 'Bern' } },
    ],
    ['what its agents are given under a name of their own', { ...wanted, input: { calls: [] } }],
    ['what a person alone has approved', { ...wanted, input: { cleared: [] } }],
    ['more than its agents may be given', { ...wanted, input: { text: 'x'.repeat(40_000) } }],
    ['a time that is none', { ...wanted, asOf: 'yesterday' }],
  ])('is not made with %s', async (_, body) => {
    const ask = await asking();
    expect(await ask('', body)).toMatchObject(refusal(400, 'request-malformed'));
  });

  test('says what shall come of it, what its agents are given, and what that may cost', async () => {
    const ask = await asking();
    const open = { goal: 'Will it rain?', kind: 'open', wanted: ['forecast'], input: { city: 'Bern' } };
    const { status, body } = await ask('', { ...open, budget: { money: 0.5 } });
    expect(status).toBe(201);
    const message = await log().last('RUNS', subjects.run('acme', body.id));
    expect(JSON.parse(Buffer.from(message?.data ?? []).toString('utf8'))).toMatchObject({
      facts: [
        {
          fact: 'requested',
          request: { kind: 'open', wanted: ['forecast'], context: { city: 'Bern' }, budget: { money: 0.5, calls: 64 } },
        },
      ],
    });
  });

  test('is cancelled once it was asked for and has not ended, with who and why in the log', async () => {
    const ask = await asking();
    const { id } = (await ask('', wanted)).body;
    expect(await ask(`/${id}/cancel`, {})).toMatchObject(refusal(400, 'request-malformed'));
    expect(await ask(`/${id}/cancel`, { why: 'a mistake' })).toMatchObject({ status: 200 });
    const message = await log().last('RUNS', subjects.run('acme', id));
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
