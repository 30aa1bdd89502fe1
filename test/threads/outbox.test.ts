import { expect, test } from 'vitest';
import { createOutbox } from '../../src/threads/outbox.ts';

/** A post that takes whatever can be copied. */
function createPost() {
  const sent: (readonly unknown[])[] = [];
  const post = createOutbox<unknown>((messages) => void sent.push(structuredClone(messages)));
  return { sent, post };
}

test('what is posted together goes together, in order, also what follows of it without another event', async () => {
  const { sent, post } = createPost();
  const first = post('a');
  const second = Promise.resolve().then(() => post('b'));
  await Promise.all([first, second, post('c')]);
  expect(sent).toEqual([['a', 'c', 'b']]);
  await post('d');
  expect(sent).toHaveLength(2);
});

test('what cannot be sent is refused alone, and the others are sent in their order', async () => {
  const { sent, post } = createPost();
  const posted = await Promise.allSettled(['a', () => 'a function', 'c'].map(post));
  expect(posted.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(sent).toEqual([['a'], ['c']]);
  await expect(post(() => 'another')).rejects.toThrow(/could not be cloned/);
});
