import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { openChannel, type ChannelOptions } from '../../src/threads/channel.ts';
import { until } from '../support/until.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** Both ends, one of which has these functions; and what was broken there. */
function between<There extends object>(there: There, memoryOf: ChannelOptions['memoryOf'] = () => []) {
  const { port1, port2 } = new MessageChannel();
  undo.push(() => port1.close());
  const mistakes: unknown[] = [];
  openChannel<object, There>(port1, there, { memoryOf, broken: (error) => mistakes.push(error) });
  const calls = openChannel<There, object>(port2, {}, { memoryOf, broken: (error) => mistakes.push(error) });
  return { calls, mistakes };
}

describe('calls between threads', () => {
  it('answer what is asked, in the order it was asked', async () => {
    const heard: number[] = [];
    const { calls } = between({
      async note(value: number) {
        heard.push(value);
        return value * 2;
      },
    });
    expect(await Promise.all([1, 2, 3].map((value) => calls.note(value)))).toEqual([2, 4, 6]);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('reject with the error that was thrown there: what it is, whether to try again, and why', async () => {
    const { calls, mistakes } = between({
      async full(): Promise<void> {
        const cause = new RangeError('no space', { cause: new Error('of the disk') });
        throw new WeirError('log-full', 'the log is full', { retryAfterS: 7, extra: { stream: 'EVENTS' }, cause });
      },
    });
    const error: unknown = await calls.full().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WeirError);
    expect(error).toMatchObject({
      code: 'log-full',
      retriable: true,
      retryAfterS: 7,
      extra: { stream: 'EVENTS' },
      message: 'the log is full',
      cause: { name: 'RangeError', message: 'no space', cause: { message: 'of the disk' } },
    });
    expect(mistakes).toEqual([]);
  });

  it('take an error as something to be told, too', async () => {
    const told: unknown[] = [];
    const { calls } = between({ tell: (error: unknown) => void told.push(error) });
    await calls.tell.asEvent(new WeirError('fenced', 'another worker'));
    await until('it is told', () => told.length > 0);
    expect(told[0]).toBeInstanceOf(WeirError);
    expect(told).toMatchObject([{ code: 'fenced' }]);
  });

  it('say what went wrong where nobody waits for it', async () => {
    const { calls, mistakes } = between({
      told(): void {
        throw new RangeError('not to be counted');
      },
    });
    await calls.told.asEvent();
    await until('the mistake is told', () => mistakes.length > 0);
    expect(mistakes).toMatchObject([{ message: 'not to be counted' }]);
  });

  it('reject, and say so, where an answer cannot be copied', async () => {
    const { calls, mistakes } = between({ ask: async (): Promise<unknown> => () => 'a function' });
    await expect(calls.ask()).rejects.toThrow(/could not be cloned/);
    expect(mistakes).toHaveLength(1);
  });

  it('hand memory over where they are told to', async () => {
    const memory = new ArrayBuffer(3);
    const bytes = new Uint8Array(memory).fill(7);
    const { calls } = between({ ask: async () => bytes }, (value) => (value === bytes ? [memory] : []));
    expect(await calls.ask()).toEqual(new Uint8Array([7, 7, 7]));
    expect(bytes.byteLength).toBe(0);
  });
});
