import { expect, test } from 'vitest';
import { createCommitter, waitingWorksMax } from '../../src/log/embedded/commit.ts';

/** A disk that writes when it is told to. */
function createDisk() {
  const told: string[] = [];
  const commits: string[][] = [];
  const flushes: { succeed(): void; fail(reason: string): void }[] = [];
  const committer = createCommitter<string[]>(
    (run) => {
      const draft: string[] = [];
      run(draft);
      return new Promise((resolve, reject) => {
        flushes.push({
          succeed() {
            commits.push(draft);
            resolve();
          },
          fail: (reason) => reject(new Error(reason)),
        });
      });
    },
    {
      logDisconnected: (reason) => void told.push(`away: ${reason}`),
      logReconnected: () => void told.push('back'),
    },
  );
  const flush = async () => {
    await expect.poll(() => flushes.length).toBeGreaterThan(0);
    const next = flushes.shift();
    if (!next) throw new Error('nothing to flush');
    return next;
  };
  const add = (name: string) => committer.submit(1, (draft) => draft.push(name));
  return { committer, told, commits, flush, add };
}

test('what is asked for during a commit goes into the next one together', async () => {
  const { commits, flush, add } = createDisk();
  const first = add('a');
  const flushing = await flush();
  const later = [add('b'), add('c'), add('d')];
  flushing.succeed();
  expect(await first).toBe(1);
  (await flush()).succeed();
  expect(await Promise.all(later)).toEqual([1, 2, 3]);
  expect(commits).toEqual([['a'], ['b', 'c', 'd']]);
});

test('what arrives in the same turn of the event loop goes into one commit', async () => {
  const { commits, flush, add } = createDisk();
  const later = new Promise<number>((resolve) => setImmediate(() => resolve(add('b'))));
  const first = add('a');
  (await flush()).succeed();
  expect(await Promise.all([first, later])).toEqual([1, 2]);
  expect(commits).toEqual([['a', 'b']]);
});

test('a work that throws fails alone', async () => {
  const { committer, commits, flush, add } = createDisk();
  const bad = committer.submit(1, () => {
    throw new RangeError('no');
  });
  const refused = expect(bad).rejects.toThrow(RangeError);
  const good = add('a');
  (await flush()).succeed();
  await refused;
  expect(await good).toBe(1);
  expect(commits).toEqual([['a']]);
});

test('a commit that fails fails all in it, is told once, and the next one that succeeds is told too', async () => {
  const { committer, told, flush, add } = createDisk();
  const unavailable = expect(Promise.all([add('a'), add('b')])).rejects.toMatchObject({ code: 'log-unavailable' });
  (await flush()).fail('input/output error');
  await unavailable;
  const full = expect(add('c')).rejects.toMatchObject({ code: 'log-full' });
  (await flush()).fail('No space left on device');
  await full;
  expect(committer.healthy()).toBe(false);
  const last = add('d');
  (await flush()).succeed();
  await last;
  expect(told).toEqual(['away: input/output error', 'back']);
  expect(committer.healthy()).toBe(true);
});

test('closing writes what is waiting, and refuses what comes then', async () => {
  const { committer, commits, flush, add } = createDisk();
  const last = add('a');
  const closing = committer.close();
  await expect(add('b')).rejects.toMatchObject({ code: 'log-unavailable' });
  (await flush()).succeed();
  await closing;
  expect(await last).toBe(1);
  expect(commits).toEqual([['a']]);
});

test('more than may wait is refused at once', async () => {
  const { committer, flush, add } = createDisk();
  const first = add('first');
  const flushing = await flush();
  const waiting = Array.from({ length: waitingWorksMax }, () => add('x'));
  await expect(add('one too many')).rejects.toMatchObject({ code: 'log-unavailable' });
  flushing.succeed();
  await first;
  const settled = Promise.all(waiting);
  for (let done = false; !done;) {
    (await flush()).succeed();
    done = await Promise.race([
      settled.then(() => true),
      new Promise<boolean>((resolve) => setImmediate(resolve, false)),
    ]);
  }
  await committer.close();
});
