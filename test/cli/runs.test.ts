import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sessionDetailSchema, sessionEventSchema, sessionSchema } from '../../schemas/run.ts';
import { CommandFailed, Refused } from '../../src/cli/context.ts';
import { eventsOf } from '../../src/cli/runs/asking.ts';
import { fittingIn, rendered } from '../../src/cli/runs/line.ts';
import { treeOf, type Drawn } from '../../src/cli/runs/tree.ts';
import { configOf } from '../../src/config/load.ts';
import { runRoutes } from '../../src/http/routes/runs.ts';
import { buildServer } from '../../src/http/server.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { createRegister } from '../../src/orchestration/register.ts';
import { readSession } from '../../src/orchestration/session-events.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { choiceOf, scheduled } from '../orchestration/support/facts.ts';
import { aPlan, aStep } from '../orchestration/support/reference.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { tokens } from '../support/push.ts';
import { run } from './support.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const path = '/api/v1/orchestration/sessions';
const hashes = { fix: 'a'.repeat(32), tell: 'b'.repeat(32) };
const undo: (() => Promise<unknown>)[] = [];

let log: MemoryLog;
let address: string;
beforeEach(async () => {
  log = createMemoryLog(clock);
  const register = createRegister(() => reader.complete());
  const reader = createRunsReader({
    happened: { runsPassedOver: (_, error) => expect.unreachable(String(error)) },
    log,
    see: (told) => told.kind === 'entry' && register.saw(told.org, told.run, told.entry, told.sequence),
    failed: (error: unknown) => {
      throw error;
    },
  });
  await reader.start();
  const read = (org: string, id: string) => readSession(log, register.listen, org, id);
  const server = await buildServer({
    http: configOf({}).http,
    version: '1.2.3',
    open: false,
    routes: [
      runRoutes({
        sessions: { ...createSessions(log, clock), list: register.list, read },
        kinds: ['customer_health'],
        authenticator: tokens,
        orgs: ['acme', 'globex'],
      }),
    ],
    asyncapi: {},
    happened: { requestAnswered: () => {}, requestFailed: () => {}, connectionRefused: () => {} },
  });
  undo.push(
    () => reader.stop(),
    async () => register.stop(),
    () => server.close(),
  );
  address = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const weir = (words: string, token = 'acme') =>
  run([...words.split(' '), '--url', address], { env: { WEIR_TOKEN: token } });

async function asked(): Promise<string> {
  const body = JSON.stringify({ kind: 'customer_health', goal: 'Why?', entity: 'account:brightloom' });
  const headers = { authorization: 'Bearer acme', 'content-type': 'application/json' };
  const answer = await fetch(`${address}${path}`, { method: 'POST', headers, body });
  return sessionSchema.parse(await answer.json()).id;
}

/** As the conductor would say it. */
async function told(id: string, ...facts: readonly Fact[]) {
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data: encodeEntry(clock.now(), facts) });
}

const step = (id: string, needs: readonly string[] = []) => ({
  id,
  skill: id,
  goal: `${id} it`,
  needs,
  input: {},
  timeoutMs: 1_000,
  approval: { fourEyes: false, expiresMs: 60_000, otherwise: 'skip' as const },
});
const budget = { money: 0, tokens: 0, calls: 0, agentSeconds: 10 };
const taskOf = (id: string, of: string) => ({
  key: `${id}/${of}`,
  org: 'acme',
  entity: null,
  skill: of,
  goal: '',
  asOf: '2026-06-01T00:00:00.000Z',
  input: { command: 'restart \u001B[2J checkout' },
});

/** A run of which two steps wait for a person. */
async function waiting(): Promise<string> {
  const id = await asked();
  const plan = {
    template: 't',
    version: 1,
    strategy: 'parallel',
    parallel: 2,
    budget,
    steps: [step('fix'), step('tell')],
  };
  await told(
    id,
    { fact: 'admitted' },
    { fact: 'plan-decided', plan: { ...plan, strategy: 'parallel' } },
    { fact: 'approval-requested', step: 'fix', task: taskOf(id, 'fix'), argumentsHash: hashes.fix },
    { fact: 'approval-requested', step: 'tell', task: taskOf(id, 'tell'), argumentsHash: hashes.tell },
  );
  return id;
}

describe('weir runs approve and deny', () => {
  test('show exactly what is asked for, with its hash, and say nothing to the run', async () => {
    const id = await waiting();
    const { code, out } = await weir(`runs approve ${id} --step fix`);
    expect(code).toBe(0);
    expect(out).toContain('"command": "restart \\u001b[2J checkout"');
    expect(out).toContain(`weir runs approve ${id} --step fix --hash ${hashes.fix} --why`);
    expect(out).not.toContain(hashes.tell);
    expect((await weir(`runs show ${id}`)).out).toContain('? fix');
  });

  test('answer for the arguments with that hash, and are refused for others', async () => {
    const id = await waiting();
    const wrong = await weir(`runs approve ${id} --step fix --hash ${hashes.tell} --why looked`);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('It changed since you looked at it') });
    expect(await weir(`runs approve ${id} --step fix --hash ${hashes.fix} --why looked`)).toMatchObject({
      code: 0,
      out: `fix is approved, with the arguments ${hashes.fix}.\n`,
    });
    const denied = await weir(`runs deny ${id.slice(0, 8)} --step tell --hash ${hashes.tell} --why no --json`);
    const { steps } = sessionDetailSchema.parse(JSON.parse(denied.out));
    expect(steps.map(({ approval }) => [approval?.grants, approval?.denials])).toEqual([
      [['ada'], []],
      [[], ['ada']],
    ]);
  });

  test('need a reason, one step, and a token that may act', async () => {
    const id = await waiting();
    expect(await weir(`runs approve ${id} --hash ${hashes.fix} --step fix`)).toMatchObject({ code: 2 });
    const several = await weir(`runs approve ${id} --hash ${hashes.fix} --why looked`);
    expect(several).toMatchObject({ code: 2, err: expect.stringContaining('fix, tell') });
    const reader = await weir(`runs approve ${id} --step fix --hash ${hashes.fix} --why looked`, 'reader');
    expect(reader).toMatchObject({ code: 1, err: expect.stringContaining('does not allow this') });
  });
});

describe('weir runs', () => {
  test('lists the newest first, and takes the beginning of an id where it is one run’s alone', async () => {
    const [first, second] = [await asked(), await asked()];
    await expect.poll(async () => (await weir('runs list')).out.split('\n').length).toBe(4);
    const { out } = await weir('runs list');
    expect(out.indexOf(second.slice(0, 12))).toBeLessThan(out.indexOf(first.slice(0, 12)));
    expect((await weir('runs list --status completed')).out).toBe('There are no runs.\n');
    expect((await weir(`runs show ${first.slice(0, 10)}`)).out).toContain(first);
    expect(await weir('runs show 0000')).toMatchObject({ code: 1 });
    expect(await weir('runs show x')).toMatchObject({ code: 2 });
    expect(await weir(`runs show ${first}`, 'globex')).toMatchObject({ code: 1 });
  });

  test('watches a run to its end, in words and as JSON; one that does not complete is a failure', async () => {
    const id = await asked();
    const watching = weir(`runs watch ${id}`);
    await told(id, { fact: 'admitted' });
    await told(id, { fact: 'run-ended', outcome: 'completed', why: 'every step is over' });
    const { code, out } = await watching;
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.slice(26).trim())).toEqual([
      'requested           ada asks: Why?',
      'admitted            it begins',
      'run-ended           completed: every step is over',
      '',
    ]);
    const json = await weir(`runs watch ${id} --json`);
    const events = json.out
      .trimEnd()
      .split('\n')
      .map((line) => sessionEventSchema.parse(JSON.parse(line)));
    expect(events.map((event) => event.id)).toEqual([1, 2, 3]);

    const other = await asked();
    await told(other, { fact: 'run-ended', outcome: 'failed', why: 'no plan' });
    expect(await weir(`runs watch ${other}`)).toMatchObject({ code: 1, err: 'weir: the run is failed: no plan\n' });
  });

  test('watches on through lost connections, and ends where the daemon refuses for good or says what it cannot read', async () => {
    const event = {
      id: 1,
      at: new Date().toISOString(),
      fact: 'requested',
      step: null,
      attempt: null,
      by: null,
      text: '',
    };
    const frame = Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
    const watched = async (last: unknown) => {
      const answers = [[frame], new Refused('Starting.', 503), new CommandFailed('No daemon answers.'), last];
      const follow = async () => {
        const next = answers.shift();
        if (next instanceof Error) throw next;
        return ReadableStream.from(z.array(z.instanceof(Buffer)).parse(next));
      };
      let losses = 0;
      const lost = async () => {
        losses += 1;
        if (losses > 5) throw new Error('it asks for ever');
      };
      const unused = () => Promise.reject(new Error('not asked here'));
      const client = { address: new URL('http://localhost'), headers: {}, json: unused, stream: unused, follow };
      const all = async () => {
        for await (const each of eventsOf(client, '0'.repeat(32), lost)) expect(each).toEqual(event);
      };
      await expect(all()).rejects.toBeInstanceOf(Error);
      return losses;
    };
    expect(await watched(new Refused('There is no session.', 404))).toBe(3);
    expect(await watched([Buffer.from('data: {}\n\n')])).toBe(3);
  });

  test('draws a run whose step is to be done by one that has not begun', async () => {
    const id = await asked();
    const child = 'c'.repeat(32);
    await told(id, { fact: 'admitted' }, { fact: 'context-attached', context: {}, missing: null });
    const steps = [aStep('a', [], { child: { depth: 1 } })];
    await told(id, { fact: 'plan-decided', plan: aPlan(steps) });
    await told(id, { ...scheduled('a', choiceOf('run')), child });
    const { code, out } = await weir(`runs show ${id}`);
    expect(code).toBe(0);
    expect(out).toContain('a  run');
    expect(out).not.toContain(child);
  });

  test('shows what people are asked to take over, and says what came of it', async () => {
    const id = await waiting();
    await told(id, { fact: 'person-asked', step: 'fix', task: taskOf(id, 'fix'), why: 'policy refuses it' });
    const asked = await weir(`runs answer ${id} fix`);
    expect(asked.out).toContain('policy refuses it');
    expect(asked.out).toContain('"command": "restart \\u001b[2J checkout"');
    expect(asked.out).toContain(`weir runs answer ${id} fix --done --why`);
    expect(await weir(`runs answer ${id} fix --done`)).toMatchObject({ code: 2 });
    expect(await weir(`runs answer ${id} fix --done --failed --why both`)).toMatchObject({ code: 2 });
    const reader = await weir(`runs answer ${id} fix --done --why mended`, 'reader');
    expect(reader).toMatchObject({ code: 1, err: expect.stringContaining('does not allow this') });
    expect(await weir(`runs answer ${id} tell --done --why mended`)).toMatchObject({ code: 1 });
    expect((await weir(`runs show ${id}`)).out).not.toContain('ada did fix');

    expect(await weir(`runs answer ${id.slice(0, 8)} fix --failed --why gone`)).toMatchObject({
      code: 0,
      out: 'fix is failed by your word.\n',
    });
    expect((await weir(`runs show ${id}`)).out).toContain('ada could not do fix: gone');
    expect(await weir(`runs answer ${id} fix --done --why mended`)).toMatchObject({ code: 1 });
    expect((await weir(`runs answer ${id} fix`)).out).toContain('Nobody is asked for fix');
  });

  test('tells the agents of a run something, and refuses whoever is not in it', async () => {
    const id = await waiting();
    expect(await weir(`runs tell ${id} careful`)).toMatchObject({ code: 2 });
    expect(await weir(`runs tell ${id} careful --to fix`)).toMatchObject({ code: 0, out: `${id} has it, for fix.\n` });
    const { messages } = sessionDetailSchema.parse(JSON.parse((await weir(`runs show ${id} --json`)).out));
    expect(messages).toMatchObject([{ from: 'person:ada', to: 'fix', text: 'careful' }]);
    expect(await weir(`runs tell ${id} careful --to nobody`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no agent, step or skill nobody'),
    });
    expect(await weir(`runs tell ${id} careful --to fix`, 'reader')).toMatchObject({ code: 1 });
  });

  test('tells a run to stop, with the reason', async () => {
    const id = await asked();
    expect(await weir(`runs cancel ${id}`)).toMatchObject({ code: 2 });
    expect(await weir(`runs cancel ${id} --why mistake`)).toMatchObject({ code: 0, out: `${id} is told to stop.\n` });
    const { data } = (await log.last('RUNS', subjects.run('acme', id))) ?? {};
    expect(Buffer.from(data ?? []).toString()).toContain('"why":"mistake"');
  });
});

describe('the tree of a run', () => {
  const time = '2026-06-01T10:00:00.000Z';
  const drawnStep = (id: string, more: Partial<Drawn['steps'][number]> = {}): Drawn['steps'][number] => ({
    id,
    skill: id,
    goal: '',
    needs: [],
    status: 'finished',
    agent: 'monitor',
    child: null,
    attempts: 1,
    startedAt: time,
    endedAt: '2026-06-01T10:00:01.500Z',
    findings: 0,
    abstained: null,
    why: null,
    approval: null,
    ...more,
  });
  const session = {
    id: 'c'.repeat(32),
    org: 'acme',
    entity: 'service:checkout',
    kind: 'system_performance',
    goal: 'What is wrong?',
    asOf: time,
    by: 'pipeline:metrics',
    alert: null,
    status: 'under-way' as const,
    why: null,
    requestedAt: time,
    endedAt: null,
  };
  const drawn: Drawn = {
    session,
    strategy: 'parallel',
    pattern: 'solo',
    parent: null,
    budget: { limit: { ...budget, agentSeconds: 40 }, spent: { ...budget, agentSeconds: 10 } },
    steps: [
      drawnStep('anomalies', { findings: 3 }),
      drawnStep('changes', { abstained: 'No change of the last week.', child: 'd'.repeat(32) }),
      drawnStep('runbook', { needs: ['anomalies'], status: 'under-way', endedAt: null, attempts: 2 }),
      drawnStep('remedy', {
        needs: ['changes', 'runbook'],
        status: 'waiting',
        agent: null,
        attempts: 0,
        startedAt: null,
        endedAt: null,
        approval: { argumentsHash: hashes.fix, arguments: {}, grants: [], denials: [] },
      }),
    ],
    people: [],
    messages: [],
    context: null,
    children: new Map(),
    result: null,
  };
  const child: Drawn = {
    ...drawn,
    session: { ...session, id: 'd'.repeat(32), goal: 'Whom does it cost?' },
    steps: [drawnStep('impact', { findings: 1 })],
  };
  const whole = { ...drawn, children: new Map([[child.session.id, child]]) };

  test('shows who does what, for how long, what it found, what it costs, what waits for a person, and its runs', () => {
    expect(treeOf(whole, { coloured: false, now: Date.parse(time) + 65_000 }).join('\n')).toBe(`\
cccccccccccccccccccccccccccccccc  under-way  system_performance, service:checkout, 1 min 5 s
pipeline:metrics, as of 2026-06-01T10:00:00.000Z: What is wrong?
solo, parallel  █████░░░░░░░░░░░░░░░ 10 of 40 agent-seconds
├─ ✓ anomalies  monitor, 1.5 s, 3 findings
│  └─ ▶ runbook  monitor, 1 min 5 s, 2 attempts
│     └─ ? remedy  after changes, runbook
│           waits for approval of aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
└─ ✓ changes  monitor, 1.5 s  (No change of the last week.)
      ⤷ dddddddddddddddddddddddddddddddd  under-way  Whom does it cost?
      └─ ✓ impact  monitor, 1.5 s, 1 finding`);
  });

  test('shows what people are asked, how long they have, and what they said', () => {
    const question = { arguments: {}, askedAt: time, until: '2026-06-01T11:00:00.000Z', answer: null };
    const people: Drawn['people'] = [
      { ...question, step: 'anomalies', why: 'policy refuses it', answer: { by: 'ada', done: true, why: 'by hand' } },
      { ...question, step: 'undo/anomalies', why: 'it failed three times' },
    ];
    const steps = [drawnStep('anomalies', { status: 'with-person' })];
    const linesAt = (now: number) => treeOf({ ...drawn, steps, people }, { coloured: false, now }).slice(-2);
    expect(linesAt(Date.parse(time))).toEqual([
      '      ada did anomalies: by hand',
      '      people are asked for undo/anomalies, 1 h 0 min more: it failed three times',
    ]);
    expect(linesAt(Date.parse(question.until)).at(-1)).toBe(
      '      people were asked for undo/anomalies, and nobody answered: it failed three times',
    );
  });

  test('is cut to the width of the terminal, and lets nobody colour it or move its cursor', () => {
    const evil = { ...drawn, session: { ...session, goal: '\u001B[31mred\u001B[2J' } };
    const lines = treeOf(evil, { coloured: false, now: 0, width: 40 });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(treeOf(evil, { coloured: true, now: 0 }).join('')).not.toContain('\u001B[31mred');
  });

  test('says where a line is cut, or a terminal is too low for it', () => {
    const line = [['bold', 'abc'], 'def'] as const;
    const at = (width: number) => rendered(line, { coloured: false, width });
    expect([at(7), at(6), at(5), at(4), at(3)]).toEqual(['abcdef', 'abcdef', 'abcd…', 'abc…', 'ab…']);
    const lines = ['a', 'b', 'c', 'd'];
    expect(fittingIn(lines, 4)).toEqual(lines);
    expect(fittingIn(lines, 3)).toEqual(['a', 'b', '… 2 more lines, once it has ended']);
  });

  test('of a plan whose steps need each other in whatever way has every step once', () => {
    const steps = ['a', 'b', 'c'].map((id) => drawnStep(id, { needs: ['a', 'b', 'c', 'gone'] }));
    const text = treeOf({ ...drawn, steps }, { coloured: false, now: 0 }).join('\n');
    for (const id of ['a', 'b', 'c']) expect(text.match(new RegExp(`✓ ${id} `, 'g'))).toHaveLength(1);
  });
});
