import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { pause } from '../../src/core/pause.ts';

test('a pause lasts as long as asked, ends at once with its signal, and leaves nothing there', async () => {
  vi.useFakeTimers();
  const signal = new AbortController();
  const over = vi.fn<() => void>();
  const waiting = pause(1_000, signal.signal).then(over);
  await vi.advanceTimersByTimeAsync(999);
  expect(over).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  expect(getEventListeners(signal.signal, 'abort')).toEqual([]);

  const cut = pause(1_000, signal.signal);
  signal.abort();
  await cut;
  await pause(1_000, signal.signal);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
