import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { ServerMessage } from '../../schemas/push.ts';
import { subjects } from '../../src/log/subjects.ts';
import { floorKey } from '../../src/orchestration/conductor.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { createMark } from '../../src/log/position.ts';
import { webSocketFraming } from '../../src/push/frames.ts';
import { createRunHub } from '../../src/push/runs.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { epoch } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { call, openDoor, isOf, type Caller, type Door, type Received } from '../support/push.ts';
import { anInsight } from '../support/store.ts';
import { until } from '../support/until.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function setting(
  limits: Parameters<typeof openDoor>[0]['limits'] = {},
  orgs: readonly string[] = ['acme', 'globex'],
) {
  let now = epoch;
  const clock = { now: () => (now += 1) };
  const log = createMemoryLog(clock);
  const open = async (more: { openAfter?: () => Promise<number> } = {}): Promise<Door> => {
    const door = await openDoor({ log, clock, limits, orgs, ...more });
    undo.push(() => door.close());
    return door;
  };
  const say = async (run: string, facts: readonly Fact[], org = 'acme') => {
    await log.append({ stream: 'RUNS', subject: subjects.run(org, run), data: encodeEntry(epoch, facts) });
  };
  return { log, open, say };
}

const asked = (run: string, entity = 'account:a', kind = 'customer_health'): readonly Fact[] => [
  { fact: 'requested', request: aRequest(run, { entity, kind }) },
];
const admitted: readonly Fact[] = [{ fact: 'admitted' }];
const ended: readonly Fact[] = [
  {
    fact: 'result-synthesised',
    result: { summary: 'They may leave.', confidence: 0.7, findings: [], insights: [{ ...anInsight() }] },
  },
  { fact: 'run-ended', outcome: 'completed', why: 'every step is over' },
];

async function subscribed(door: Door, message: object): Promise<Caller> {
  const caller = await call(door.ws);
  undo.push(() => caller.socket.terminate());
  caller.send({ type: 'subscribe', id: 'r', topic: 'runs', org: 'acme', ...message });
  await caller.next('subscribed');
  return caller;
}

const runsOf = ({ messages }: Caller) => messages.filter((message) => isOf(message, 'run'));
const told = (message: Pick<Received<'run'>, 'run' | 'facts'>) =>
  `${message.run} ${message.facts.map(({ fact }) => fact).join('+')}`;

async function heard(caller: Caller, count: number): Promise<readonly string[]> {
  await until(() => runsOf(caller).length >= count);
  return runsOf(caller).map(told);
}

describe('a subscriber to runs', () => {
  test('hears each of its organisation as it goes on, with whom it is about', async () => {
    const { open, say } = await setting();
    const caller = await subscribed(await open(), { from: 'now' });
    await say('theirs', asked('theirs'), 'globex');
    await say('one', asked('one'));
    await say('one', admitted);
    await say('one', ended);
    expect(await heard(caller, 3)).toEqual(['one requested', 'one admitted', 'one result-synthesised+run-ended']);
    expect(runsOf(caller)[1]).toMatchObject({ id: 'r', run: 'one', kind: 'customer_health', entity: 'account:a' });
  });

  test('hears what is under way from its beginning, then the rest, each once', async () => {
    const { open, say } = await setting();
    await say('over', asked('over'));
    await say('one', asked('one'));
    await say('over', ended);
    await say('one', admitted);
    const caller = await subscribed(await open(), { from: 'open' });
    await say('two', asked('two'));
    await say('one', ended);
    expect(await heard(caller, 4)).toEqual([
      'one requested',
      'one admitted',
      'two requested',
      'one result-synthesised+run-ended',
    ]);
  });

  test('goes on from any cursor without gap or repetition, through another daemon too', async () => {
    const { open, say } = await setting();
    const names = Array.from({ length: 40 }, (_, index) => `run${index}`);
    for (const name of names) await say(name, asked(name));
    const all: string[] = [];
    let from = new Date(epoch - 1_000).toISOString();
    for (let cut = 0; all.length < names.length; cut += 1) {
      const caller = await subscribed(await open(), { from });
      await heard(caller, Math.min(7, names.length - all.length));
      for (const message of runsOf(caller).slice(0, 7)) {
        all.push(told(message));
        from = message.cursor;
      }
      caller.socket.terminate();
    }
    expect(all).toEqual(names.map((name) => `${name} requested`));
  });

  describe('in a daemon that has read from where no run is open', () => {
    const before = ['past requested', 'past result-synthesised+run-ended'];
    const open = ['one requested', 'one admitted'];
    const after = ['two requested', 'one result-synthesised+run-ended'];

    async function begun() {
      const { log, open, say } = await setting();
      await say('past', asked('past', 'account:b'));
      await say('past', ended);
      await say('one', asked('one'));
      await say('one', admitted);
      const floor = createMark(log, 'RUNS', floorKey);
      await floor.load();
      await floor.save(2);
      const went = async () => {
        await say('two', asked('two'));
        await say('one', ended);
      };
      return { open, went, door: await open({ openAfter: () => createMark(log, 'RUNS', floorKey).load() }) };
    }

    test.each([
      ['what is open', 'open', [...open, ...after]],
      ['all since a time before that', new Date(epoch - 1_000).toISOString(), [...before, ...open, ...after]],
      ['what comes', 'now', after],
    ])('hears %s', async (_, from, all) => {
      const { door, went } = await begun();
      const caller = await subscribed(door, { from });
      await went();
      expect(await heard(caller, all.length)).toEqual(all);
    });

    test('goes on from the cursor of another that has read all, and hears whom a run is about that began before it', async () => {
      const { door, went, open: another } = await begun();
      const first = await subscribed(await another(), { from: new Date(epoch - 1_000).toISOString() });
      await heard(first, 1);
      const [{ cursor: from } = { cursor: '' }] = runsOf(first);
      const caller = await subscribed(door, { from });
      const ofPast = await subscribed(door, { from, filter: { entities: ['account:b'] } });
      await went();
      expect(await heard(caller, 5)).toEqual([...before.slice(1), ...open, ...after]);
      expect(await heard(ofPast, 1)).toEqual(before.slice(1));
      expect(runsOf(ofPast)).toHaveLength(1);
    });
  });

  test('hears of the kinds, entities and runs it asks for alone', async () => {
    const { open, say } = await setting();
    const door = await open();
    const byEntity = await subscribed(door, { filter: { entities: ['account:b'] } });
    const byKind = await subscribed(door, { filter: { kinds: ['financial'] } });
    const byRun = await subscribed(door, { filter: { runs: ['two'] } });
    await say('one', asked('one', 'account:b'));
    await say('two', asked('two', 'account:c'));
    await say('three', asked('three', 'account:d', 'financial'));
    await say('two', admitted);
    await say('one', admitted);
    await say('three', admitted);
    expect(await heard(byEntity, 2)).toEqual(['one requested', 'one admitted']);
    expect(await heard(byRun, 2)).toEqual(['two requested', 'two admitted']);
    expect(await heard(byKind, 2)).toEqual(['three requested', 'three admitted']);
  });

  test('that reads nothing costs no memory, and hears all of it when it reads again', async () => {
    const { open, say } = await setting({ bufferedBytesMax: 64 * 1024 });
    const door = await open();
    const caller = await subscribed(door, { from: 'now' });
    caller.socket.pause();
    const goal = 'x'.repeat(64 * 1024);
    const names = Array.from({ length: 200 }, (_, index) => `run${index}`);
    for (const name of names) await say(name, [{ fact: 'requested', request: aRequest(name, { goal }) }]);
    await until(() => door.buffered().some((bytes) => bytes > 64 * 1024));
    expect(Math.max(...door.buffered())).toBeLessThan(1024 * 1024);
    caller.socket.resume();
    expect(await heard(caller, 200)).toEqual(names.map((name) => `${name} requested`));
  });

  test('is told when it goes on from a cursor of alerts, or of another organisation, that it cannot', async () => {
    const { open, say } = await setting();
    const door = await open();
    await say('one', asked('one'));
    const caller = await subscribed(door, { from: new Date(epoch - 1_000).toISOString() });
    await heard(caller, 1);
    const [{ cursor } = { cursor: '' }] = runsOf(caller);
    caller.send({ type: 'subscribe', id: 'g', topic: 'runs', org: 'globex', from: cursor });
    expect(await caller.next('error')).toMatchObject({ id: 'g', code: 'cursor-invalid' });
    caller.send({ type: 'subscribe', id: 'a', org: 'acme', from: cursor });
    expect(await caller.next('gap')).toMatchObject({ id: 'a' });
    caller.send({ type: 'subscribe', id: 'r', org: 'acme' });
    expect(await caller.next('error')).toMatchObject({ id: 'r', code: 'request-malformed' });
    caller.send({ type: 'subscribe', id: 'f', topic: 'runs', org: 'acme', filter: { minSeverity: 'info' } });
    expect(await caller.next('error')).toMatchObject({ id: 'f', code: 'request-malformed' });
  });

  test('keeps nobody else waiting while it catches up, be there nothing for it in all that was', async () => {
    const { log, say } = await setting();
    for (let run = 0; run < 500; run += 1) await say(`r${run}`, asked(`r${run}`));
    await say('other', asked('other', 'account:a', 'financial'));
    const hub = createRunHub({ log, happened: { pushReadFailed: () => {}, gapTold: () => {} }, failed: () => {} });
    undo.push(() => hub.stop());
    await hub.start();
    const said: ServerMessage[] = [];
    const framing = { ...webSocketFraming, message: (message: ServerMessage) => (said.push(message), Buffer.alloc(0)) };
    const feed = hub.connect({ framing, send: () => {}, buffered: () => 0 });
    let turns = 0;
    const from = new Date(epoch - 1_000).toISOString();
    await feed.subscribe({ id: 'r', org: 'acme', topic: 'runs', filter: { kinds: ['financial'] }, from });
    for (; said.length < 2 && turns < 1_000; turns += 1) await nextTick();
    expect(said.at(-1)).toMatchObject({ type: 'run', run: 'other' });
    expect(turns).toBeGreaterThan(20);
  });

  test('hears nothing more once it has unsubscribed', async () => {
    const { open, say } = await setting();
    const caller = await subscribed(await open(), { from: 'now' });
    caller.send({ type: 'unsubscribe', id: 'r' });
    await caller.next('unsubscribed');
    await say('one', asked('one'));
    caller.send({ type: 'subscribe', id: 's', topic: 'runs', org: 'acme', from: 'open' });
    await heard(caller, 1);
    expect(runsOf(caller).map(({ id }) => id)).toEqual(['s']);
  });
});

test('what a run is about is known to whoever reads it from its beginning, and not looked for', async () => {
  const { log, say } = await setting();
  for (const run of ['one', 'two']) {
    await say(run, asked(run));
    await say(run, ended);
  }
  const looked: string[] = [];
  const looking: MemoryLog['next'] = (stream, subject, after) => {
    if (!subject.endsWith('*')) looked.push(subject);
    return log.next(stream, subject, after);
  };
  const happened = { pushReadFailed: () => {}, gapTold: () => {} };
  const hub = createRunHub({ log: { ...log, next: looking }, happened, failed: () => {} });
  undo.push(() => hub.stop());
  await hub.start();
  const said: ServerMessage[] = [];
  const framing = { ...webSocketFraming, message: (message: ServerMessage) => (said.push(message), Buffer.alloc(0)) };
  const feed = hub.connect({ framing, send: () => {}, buffered: () => 0 });
  const from = new Date(epoch - 1_000).toISOString();
  await feed.subscribe({ id: 'r', org: 'acme', topic: 'insights', filter: {}, from });
  await until(() => said.length === 3);
  expect(said.slice(1)).toMatchObject([{ run: 'one', kind: 'customer_health' }, { run: 'two' }]);
  expect(looked).toEqual([]);
});

test('a subscriber to insights hears what came of runs, and nothing of how', async () => {
  const { open, say } = await setting();
  const caller = await subscribed(await open(), { topic: 'insights', from: 'now' });
  await say('one', asked('one'));
  await say('one', admitted);
  await say('one', ended);
  expect(await caller.next('insights')).toMatchObject({
    id: 'r',
    run: 'one',
    entity: 'account:a',
    summary: 'They may leave.',
    confidence: 0.7,
    insights: [anInsight()],
  });
  expect(caller.messages.map(({ type }) => type)).toEqual(['subscribed', 'insights']);
  caller.send({ type: 'subscribe', id: 'o', topic: 'insights', org: 'acme', from: 'open' });
  expect(await caller.next('error')).toMatchObject({ id: 'o', code: 'request-malformed' });
});
