import fc from 'fast-check';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/event.ts';
import { isEvent, type Input, type Pipeline } from '../../src/pipeline/define.ts';
import { cooldown } from '../../src/pipeline/operators/cooldown.ts';
import { debounced } from '../../src/pipeline/operators/debounced.ts';
import { decayed } from '../../src/pipeline/operators/decayed.ts';
import { laned } from '../../src/pipeline/operators/laned.ts';
import { sampled } from '../../src/pipeline/operators/sampled.ts';
import { throttled } from '../../src/pipeline/operators/throttled.ts';
import { came, figure, is, minuteMs, pipelineOf, scoresOf, start } from '../support/operators.ts';

const minuteOf = (time: number | string): number =>
  ((typeof time === 'string' ? Date.parse(time) : time) - start) / minuteMs;
const minute = (input: Input): number => minuteOf(input.time);
/** `said@when`, in minutes. */
const told = (run: Pipeline['run'], arrivals: readonly StreamEvent[], until = 1_000): readonly string[] =>
  scoresOf(pipelineOf(run), arrivals, until).map(({ name, time }) => `${name}@${minuteOf(time)}`);
const notes = (...minutes: readonly number[]): readonly StreamEvent[] => minutes.map((minute) => came(minute, 'note'));

describe('throttled', () => {
  const run: Pipeline['run'] = (input, state) =>
    input.pipe(
      throttled(state, 't', { remember: minute, every: '10m' }),
      map(({ item, count, cause }) => figure(`${item}×${count}`, 1, cause)),
    );

  it('tells the first at once and the latest of those after it when the time is up', () => {
    expect(told(run, notes(0, 3, 7, 12, 40))).toEqual(['0×1@0', '7×2@10', '12×1@20', '40×1@40']);
  });

  it('lets what is late take no newer one’s place, and counts it', () => {
    expect(told(run, notes(0, 7, 3))).toEqual(['0×1@0', '7×2@10']);
  });

  it('never tells as the latest what is older than what it told before', () => {
    expect(told(run, notes(0, 9, 12, 11, 8))).toEqual(['0×1@0', '9×1@10', '12×3@20']);
    expect(told(run, notes(5, 2, 30))).toEqual(['5×1@5', '30×1@30']);
  });
});

describe('debounced', () => {
  const run: Pipeline['run'] = (input, state) =>
    input.pipe(
      debounced(state, 'd', { remember: minute, quiet: '10m', atMost: '25m' }),
      map(({ item, count, cause }) => figure(`${item}×${count}`, 1, cause)),
    );

  it('tells the latest when it has been quiet', () => {
    expect(told(run, notes(0, 5, 9, 30))).toEqual(['9×3@19', '30×1@40']);
  });

  it('waits no longer than was said, however lively it is', () => {
    expect(told(run, notes(0, 8, 16, 24, 32))).toEqual(['24×4@25', '32×1@42']);
  });

  it('is neither moved nor held up by what is late', () => {
    expect(told(run, notes(5, 2))).toEqual(['5×2@15']);
  });
});

describe('cooldown', () => {
  const run: Pipeline['run'] = (input, state) =>
    input.pipe(
      cooldown(state, 'c', { quiet: '10m' }),
      map(({ input, heldBack }) => figure(`${minute(input)}+${heldBack}`, 1)),
    );

  it('lets one pass and holds back those that follow too soon', () => {
    expect(told(run, notes(0, 3, 9, 10, 12, 50))).toEqual(['0+0@0', '10+2@10', '50+0@50']);
  });

  it('is not begun anew by what is late', () => {
    expect(told(run, notes(20, 1, 29, 30))).toEqual(['20+0@20', '30+2@30']);
  });
});

describe('sampled', () => {
  it('lets about the share pass, the same on every replay, others for another seed', () => {
    const pick = (seed: string): readonly string[] =>
      scoresOf(
        pipelineOf((input) =>
          input.pipe(
            sampled({ share: 0.2, by: ({ id }) => id, seed }),
            map(({ id }) => figure(id, 1)),
          ),
        ),
        notes(...Array.from({ length: 2_000 }, (_, minute) => minute)),
      ).map(({ name }) => name);
    const once = pick('');
    expect(once.length).toBeGreaterThan(340);
    expect(once.length).toBeLessThan(460);
    expect(pick('')).toEqual(once);
    expect(pick('other')).not.toEqual(once);
  });
});

describe('decayed', () => {
  const run: Pipeline['run'] = (input, state) =>
    input.pipe(
      decayed(state, 'd', {
        halfLife: '10m',
        amount: (one: Input) => (isEvent(one) ? Number(one.data['n'] ?? 1) : undefined),
        resets: is('paid'),
      }),
      map(({ value }) => figure('count', value)),
    );
  const values = (arrivals: readonly StreamEvent[]): readonly number[] =>
    scoresOf(pipelineOf(run), arrivals, 1_000).map(({ value }) => value);

  it('counts half what is a half-life old, and begins anew where it is told to', () => {
    expect(values([...notes(0, 10, 20), came(21, 'paid'), ...notes(22)])).toEqual([1, 1.5, 1.75, 1]);
  });

  it('passes by what is no number', () => {
    expect(values([came(0, 'note', { n: 2 }), came(1, 'note', { n: 'many' }), came(10, 'note', { n: 1 })])).toEqual([
      2, 2,
    ]);
  });

  it('is the same in the end, in whatever order all came', () => {
    const stream = fc.array(fc.record({ minute: fc.nat(200), n: fc.nat(9) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(stream, (list) => {
        const newest = Math.max(...list.map(({ minute }) => minute));
        const expected = list.reduce((sum, { minute, n }) => sum + n * 2 ** (-(newest - minute) / 10), 0);
        expect(values(list.map(({ minute, n }) => came(minute, 'note', { n }))).at(-1)).toBeCloseTo(expected, 9);
      }),
    );
  });
});

describe('laned', () => {
  it('says what is late for its key, by how much, and counts it; a quiet key has a time of its own', () => {
    const run: Pipeline['run'] = (input, state) =>
      input.pipe(
        laned(state, 'l', { allowed: '10m', key: (one: Input) => (isEvent(one) ? one.type : '') }),
        map(({ input, lane, behindMs, lateCount }) =>
          figure(`${minute(input)} ${lane} −${behindMs / minuteMs} ${lateCount}`, 1, input.id),
        ),
      );
    const arrivals = [came(50, 'busy'), came(39, 'busy'), came(20, 'busy'), came(60, 'busy')];
    expect(scoresOf(pipelineOf(run, '5m'), arrivals, 100).map(({ name }) => name)).toEqual([
      '39 late −0 1',
      '20 late −19 2',
      '50 in time −0 2',
      '60 in time −0 2',
    ]);
    const quiet = [came(50, 'busy'), came(45, 'quiet'), came(60, 'busy')];
    expect(scoresOf(pipelineOf(run, '30m'), quiet, 100).map(({ name }) => name)).toEqual([
      '45 in time −0 0',
      '50 in time −0 0',
      '60 in time −0 0',
    ]);
  });
});
