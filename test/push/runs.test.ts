import { afterEach, describe, expect, test } from 'vitest';
import { floorKey } from '../../src/orchestration/conductor.ts';
import { createMark } from '../../src/log/position.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { epoch } from '../support/alerts.ts';
import { anInsight } from '../support/store.ts';
import { until } from '../support/until.ts';
import { admitted, asked, ended, heard, runsOf, setting, subscribed, told, undoAll } from './telling-runs.ts';

afterEach(undoAll);

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
