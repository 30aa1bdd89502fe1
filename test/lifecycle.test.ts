import { expect, test } from 'vitest';
import { createLifecycle } from '../src/lifecycle.ts';

const untold = (error: unknown) => {
  throw error;
};

/** Parts that say when they start and stop. */
function parts() {
  const said: string[] = [];
  const part = (name: string, start: () => Promise<void> = async () => undefined) => ({
    name,
    start: () => start().then(() => void said.push(`start ${name}`)),
    stop: async () => void said.push(`stop ${name}`),
  });
  return { said, part };
}

test('what was made is undone in the other order', async () => {
  const { said, part } = parts();
  const lifecycle = createLifecycle();
  await lifecycle.start(async () => {
    for (const name of ['a', 'b']) await lifecycle.run(part(name));
  }, untold);
  await lifecycle.stop();
  expect(said).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('what fails half-way has undone itself, and the fault is told', async () => {
  const { said, part } = parts();
  const lifecycle = createLifecycle();
  const failing = part('b', () => Promise.reject(new Error('no room')));
  const starting = lifecycle.start(async () => {
    for (const each of [part('a'), failing, part('c')]) await lifecycle.run(each);
  }, untold);
  await expect(starting).rejects.toThrow('no room');
  expect(said).toEqual(['start a', 'stop a']);
});

test('who is told to stop in the middle of a start begins nothing more, and undoes what there is', async () => {
  const { said, part } = parts();
  const lifecycle = createLifecycle();
  let begun: () => void = () => undefined;
  const slow = part('b', () => new Promise((resolve) => (begun = resolve)));
  const starting = lifecycle.start(async () => {
    for (const each of [part('a'), slow, part('c')]) await lifecycle.run(each);
  }, untold);
  const refused = expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  await expect.poll(() => said).toEqual(['start a']);
  const stopping = lifecycle.stop();
  expect(lifecycle.leaving.aborted).toBe(true);
  begun();
  await Promise.all([refused, stopping]);
  expect(said).toEqual(['start a', 'start b', 'stop b', 'stop a']);
});

test('who is told to stop while a start undoes itself undoes nothing beside it, and waits for all of it', async () => {
  const { said, part } = parts();
  const lifecycle = createLifecycle();
  let begun: () => void = () => undefined;
  let stopped: () => void = () => undefined;
  const slow = {
    ...part('b', () => new Promise((resolve) => (begun = resolve))),
    stop: () => new Promise<void>((resolve) => (stopped = resolve)).then(() => void said.push('stop b')),
  };
  const starting = lifecycle.start(async () => {
    for (const each of [part('a'), slow, part('c')]) await lifecycle.run(each);
  }, untold);
  const refused = expect(starting).rejects.toMatchObject({ name: 'AbortError' });
  await expect.poll(() => said).toEqual(['start a']);
  const stopping = lifecycle.stop().then(() => void said.push('all stopped'));
  begun();
  await expect.poll(() => said).toContain('start b');
  await new Promise(setImmediate);
  stopped();
  await Promise.all([refused, stopping]);
  expect(said).toEqual(['start a', 'start b', 'stop b', 'stop a', 'all stopped']);
});
