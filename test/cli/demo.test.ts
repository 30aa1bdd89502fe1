import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { demoLogger } from '../../src/cli/demo/daemon.ts';
import { endingWith } from '../../src/cli/demo/ending.ts';
import { settle, settleWhenStoppedMs, settleWithinMs, type Settling } from '../../src/cli/demo/settle.ts';
import { countsOf, createRunWatch } from '../../src/cli/demo/runs.ts';
import type { Session } from '../../schemas/run.ts';
import { law } from './demo-facts.ts';

test('what the daemon warns of is a line among the others, and says why', () => {
  const lines: string[] = [];
  const logger = demoLogger({ said: (text) => void lines.push(text) });
  logger.info('nothing to see');
  logger.warn({ err: new Error('no\u001Broom'), partition: 3 }, 'a snapshot could not be written');
  logger.error('it goes on');
  expect(lines).toEqual([
    'weir warns: a snapshot could not be written (no room, partition 3)',
    'weir warns: it goes on',
  ]);
});

describe('at its end the demo waits for what is on its way', () => {
  test('until all is stored, every record is handled and no more alerts come', async () => {
    const looks = [
      { pending: 9, unread: 5, alerts: 1 },
      { pending: 0, unread: 2, alerts: 1 },
      { pending: 0, unread: 0, alerts: 2 },
      { pending: 0, unread: 0, alerts: 3 },
      { pending: 0, unread: 0, alerts: 3 },
    ];
    const { settling, looked } = world((look) => looks[look]);
    expect((await settle(settling)).law.pending).toBe(0);
    expect(looked()).toBe(looks.length);
  });

  test('until every run has ended, and no more begin', async () => {
    const looks = [{ pending: 0 }, { pending: 0, underWay: 2 }, { pending: 0, runs: 3 }, { pending: 0, runs: 3 }];
    const { settling, looked } = world((look) => looks[look]);
    await settle(settling);
    expect(looked()).toBe(looks.length);
  });

  test('not for ever: what is still pending then is told', async () => {
    const { settling, waitedMs } = world(() => ({ pending: 7 }));
    expect((await settle(settling)).law.pending).toBe(7);
    expect(waitedMs()).toBe(settleWithinMs);
  });

  test('a moment longer where it is asked to stop, or was asked before', async () => {
    const stopping = new AbortController();
    const { settling, waitedMs } = world((look) => {
      if (look === 10) stopping.abort();
      return { pending: 7 };
    });
    await settle({ ...settling, stopped: stopping.signal });
    expect(waitedMs()).toBe(10 * 100 + settleWhenStoppedMs);

    const again = world(() => ({ pending: 7 }));
    await settle({ ...again.settling, stopped: stopping.signal });
    expect(again.waitedMs()).toBe(settleWhenStoppedMs);
  });

  test('and says at once why the daemon cannot go on', async () => {
    const { settling } = world(() => ({ pending: 7 }));
    const broken = AbortSignal.abort(new Error('fenced'));
    await expect(settle({ ...settling, broken })).rejects.toThrow('fenced');
  });
});

describe('the demo sees runs', () => {
  const session = (digit: string, more: Partial<Session> = {}): Session => ({
    id: digit.repeat(32),
    org: 'demo',
    entity: 'account:a',
    kind: 'financial',
    alert: null,
    goal: 'Look',
    asOf: '2026-01-05T10:00:00.000Z',
    by: 'pipeline:finance',
    status: 'under-way',
    why: null,
    requestedAt: '2026-01-05T10:00:00.000Z',
    endedAt: null,
    ...more,
  });
  const nothingYet = {
    strategy: null,
    pattern: null,
    parent: null,
    budget: null,
    context: null,
    steps: [],
    people: [],
    messages: [],
    result: null,
  };
  const ended = { status: 'completed', endedAt: '2026-01-05T10:00:07.000Z' } as const;

  test('begin and end, each once, on however many pages they stand', async () => {
    const told: string[] = [];
    let pages = [[session('2'), session('1')]];
    const watch = createRunWatch({
      get: async (path) => {
        if (!path.includes('?')) {
          const run = pages.flat().find(({ id }) => path.endsWith(id));
          return { session: run, ...nothingYet };
        }
        const page = Number(new URL(path, 'http://demo').searchParams.get('cursor') ?? 0);
        return { sessions: pages[page], next: page + 1 < pages.length ? String(page + 1) : null, complete: true };
      },
      began: ({ id }) => told.push(`began ${id[0]}`),
      ended: ({ id, tookMs }) => told.push(`ended ${id[0]} after ${tookMs}`),
    });
    expect(await watch.look()).toEqual({ total: 2, underWay: 2 });
    pages = [[session('3', ended)], [session('2'), session('1', ended)]];
    await Promise.all([watch.look(), watch.look()]);
    expect(await watch.look()).toEqual({ total: 3, underWay: 1 });
    expect(told).toEqual(['began 1', 'began 2', 'ended 1 after 7000', 'began 3', 'ended 3 after 7000']);
    expect(countsOf(watch.ended, watch.underWay.length)).toMatchObject({ total: 3, completed: 2, failed: 0 });
  });
});

describe('the demo ends', () => {
  afterEach(() => void vi.useRealTimers());

  test('after the time it was given, whatever memory was cleaned up meanwhile', async () => {
    vi.useFakeTimers();
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const { signal } = endingWith([new AbortController().signal], 5_000);
    collect();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
  });

  test('when it is asked to, and when it was before', () => {
    const asked = new AbortController();
    const ending = endingWith([asked.signal], 5_000);
    asked.abort();
    expect(ending.signal.aborted).toBe(true);
    ending.release();
    expect(endingWith([asked.signal]).signal.aborted).toBe(true);
  });
});

/** A daemon that looks different each time, and a clock that moves only while it is waited. */
function world(
  at: (
    look: number,
  ) => { pending?: number; unread?: number; alerts?: number; runs?: number; underWay?: number } | undefined,
) {
  let [now, looks] = [0, -1];
  const settling: Settling = {
    clock: { now: () => now },
    figures: async () => {
      const { pending = 0, unread = 0 } = at((looks += 1)) ?? {};
      return { law: { ...law, pending }, sources: new Map(), scores: 0, unread };
    },
    heard: () => at(looks)?.alerts ?? 0,
    runs: async () => ({ total: at(looks)?.runs ?? 0, underWay: at(looks)?.underWay ?? 0 }),
    told: () => undefined,
    sleep: async (ms) => {
      now += ms;
    },
    stopped: new AbortController().signal,
    broken: new AbortController().signal,
  };
  return { settling, looked: () => looks + 1, waitedMs: () => now };
}
