import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/event.ts';
import { idOf } from '../../src/core/ids.ts';
import type { Input, Pipeline } from '../../src/pipeline/define.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { matched } from '../../src/pipeline/operators/matched.ts';
import { all, any, not, one, ratio, seq, type Timed } from '../../src/pipeline/operators/pattern.ts';
import { createState } from '../../src/pipeline/state.ts';
import { heldBytesMax } from '../../src/pipeline/steps/match.ts';
import { came, figure, minuteMs, pipelineOf, scoresOf, start } from '../support/operators.ts';
import { events, found, stream, type Letter } from '../support/patterns.ts';

describe('a pattern', () => {
  it('takes the next event it waits for and passes by what it does not wait for', () => {
    expect(found(seq('a', 'b', 'c').within('1h'), stream('a0 d1 b2 b3 d4 c5 c6'))).toEqual(['a0 b2 c5→5']);
  });

  it('is found within its time, both ends included, and not after', () => {
    expect(found(seq('a', 'b').within('10m'), stream('a0 b10'))).toEqual(['a0 b10→10']);
    expect(found(seq('a', 'b').within('10m'), stream('a0 b11'))).toEqual([]);
  });

  it('uses up what came between its first event and its last; overlapping, every beginning has its own match', () => {
    expect(found(seq('a', 'b').within('1h'), stream('a0 a1 b2 b3'))).toEqual(['a0 b2→2']);
    expect(found(seq('a', 'b').within('1h'), stream('a0 a1 b2 b3'), { overlapping: true })).toEqual([
      'a0 b2→2',
      'a1 b2→2',
    ]);
  });

  it('may choose, may take its events in any order, and may count', () => {
    expect(found(seq(any('a', 'b'), 'c').within('1h'), stream('b0 c1 a2 c3'))).toEqual(['b0 c1→1', 'a2 c3→3']);
    expect(found(all('a', 'b', 'c').within('1h'), stream('c0 c1 a2 b3'))).toEqual(['c0 a2 b3→3']);
    expect(found(all(one('a').times(2), 'b').within('1h'), stream('a0 b1 b2 a3'))).toEqual(['a0 b1 a3→3']);
    expect(found(all(any('a', 'b'), 'a').within('1h'), stream('a0 b1'))).toEqual(['a0 b1→1']);
    expect(found(all(any('a', 'b'), 'a').within('1h'), stream('b0 a1'))).toEqual(['b0 a1→1']);
    expect(found(one('a').times(3).within('1h'), stream('a0 b1 a2 a3 a4'))).toEqual(['a0 a2 a3→3']);
    expect(found(any(seq('a', 'b'), seq('a', 'c', 'c')).within('1h'), stream('a0 c1 c2'))).toEqual(['a0 c1 c2→2']);
  });

  it('may ask that something does not come between', () => {
    expect(found(seq('a', not('b'), 'c').within('1h'), stream('a0 b1 c2 a3 d4 c5'))).toEqual(['a3 c5→5']);
  });

  it('tells what did not follow when the entity’s own clock has passed the time', () => {
    const unanswered = one('a').notFollowedBy('b').within('10m');
    expect(found(unanswered, stream('a0 b10 a20'), { until: 29 })).toEqual([]);
    expect(found(unanswered, stream('a0 b10 a20'), { until: 31 })).toEqual(['a20→30']);
    expect(found(unanswered, stream('a0 d60'))).toEqual(['a0→10']);
  });

  it('waits for nobody else: a quiet account’s time passes by a timer, a busy one’s by itself', () => {
    const arrivals = [
      came(0, 'a', {}, 'account:busy'),
      came(1, 'a', {}, 'account:quiet'),
      came(60, 'd', {}, 'account:busy'),
    ];
    expect(found(one('a').notFollowedBy('b').within('10m'), arrivals)).toEqual(['a0→10']);
    expect(found(one('a').notFollowedBy('b').within('10m'), arrivals, { until: 61 })).toEqual(['a0→10', 'a1→11']);
  });

  it('goes on after something did not come', () => {
    const pattern = seq(one('a').notFollowedBy('b').within('10m'), 'c').within('1h');
    expect(found(pattern, stream('a0 c5 c20'))).toEqual(['a0 c20→20']);
    expect(found(pattern, stream('a0 b5 c20'))).toEqual([]);
  });

  it('tells a share: how many of one kind among all', () => {
    const failing = ratio('a', 'b', { atLeast: 0.5, least: 4 }).within('10m');
    expect(found(failing, stream('a0 a1 b2 b3'))).toEqual(['a0 a1 b2 b3→3']);
    expect(found(failing, stream('b0 b1 b2 a3 a13 b14 a15 a16'))).toEqual(['a13 b14 a15 a16→16']);
    expect(found(failing, stream('a0 a1 a2'))).toEqual([]);
    expect(found(failing, stream('a0 a5 b6 b10'))).toEqual([]);
    expect(found(failing, stream('a0 a5 b6 b9'))).toEqual(['a0 a5 b6 b9→9']);
  });

  it('names a match by its events, and by its end where time made it whole', () => {
    const ids = (pattern: Timed<Letter>, arrivals: readonly StreamEvent[]): readonly string[] =>
      scoresOf(
        pipelineOf((input, state) =>
          input.pipe(
            matched(state, 'it', { pattern, events }),
            map(({ id }) => figure(id, 1)),
          ),
        ),
        arrivals,
        60,
      ).map(({ name }) => name);
    const [a, b] = [came(0, 'a'), came(1, 'b')];
    expect(ids(seq('a', 'b').within('1h'), [a, b])).toEqual([idOf(a.id, b.id)]);
    expect(ids(one('a').notFollowedBy('b').within('10m'), [a])).toEqual([idOf(a.id, `@${start + 10 * minuteMs}`)]);
  });

  it('keeps what was asked for of its events', () => {
    const pipeline = pipelineOf((input, state) =>
      input.pipe(
        matched(state, 'it', {
          pattern: one('a').times(2).within('1h'),
          events,
          keep: (input: Input) => input.id.length,
        }),
        map(({ events }) =>
          figure(
            'kept',
            events.reduce((sum, { kept }) => sum + (kept ?? 0), 0),
          ),
        ),
      ),
    );
    expect(scoresOf(pipeline, stream('a0 a1')).map(({ value }) => value)).toEqual([64]);
  });

  it('leaves out what comes too late', () => {
    expect(found(seq('a', 'b').within('1h'), stream('a10 b5 d11'))).toEqual([]);
    expect(found(seq('a', 'b').within('1h'), stream('b10 a5 d30'), { lateness: '6m' })).toEqual(['a5 b10→10']);
  });

  it('holds so many partial matches and no more: the oldest is given up, and the match says so', () => {
    const pipeline = pipelineOf((input, state) =>
      input.pipe(
        matched(state, 'it', { pattern: seq('a', 'b').within('1d'), events, atMost: 3, overlapping: true }),
        map(({ id, givenUp, eventIds }) => figure('match', givenUp, id, eventIds)),
      ),
    );
    const scores = scoresOf(pipeline, stream('a0 a1 a2 a3 a4 b5'));
    expect(scores.map(({ value }) => value)).toEqual([2, 2, 2]);
  });

  it('holds so many bytes of events and no more: those that began last are given up, counted, and the first still ends', () => {
    const store = createState();
    const pipeline = pipelineOf((input, state) =>
      input.pipe(
        matched(state, 'it', {
          pattern: one('a').times(100).within('1d'),
          events,
          keep: () => 'x'.repeat(300),
        }),
        map(({ id, eventIds }) => figure('match', eventIds.length, id)),
      ),
    );
    const engine = createEngine([pipeline], store, { scoresFrom: 'outside' });
    let most = 0;
    for (let minute = 0; minute < 100; minute += 1) {
      engine.event(came(minute, 'a'), minute + 1);
      const [cell] = [...store.all()].flatMap(({ cells }) => [...cells.values()]);
      most = Math.max(most, JSON.stringify(cell?.state ?? null).length);
    }
    expect(most).toBeGreaterThan(heldBytesMax / 2);
    expect(most).toBeLessThan(heldBytesMax * 1.25);
    expect(engine.take().scores.map(({ value }) => value)).toEqual([100]);
    expect(store.takeForgotten()).toEqual([{ pipeline: 'p', what: 'matches', howMany: expect.any(Number) }]);
  });

  it('gives up what is too large to be held at all, and says so', () => {
    const store = createState();
    const pipeline = pipelineOf((input, state) =>
      input.pipe(
        matched(state, 'it', { pattern: seq('a', 'b').within('1d'), events, keep: () => 'x'.repeat(heldBytesMax) }),
        map(() => figure('match', 1)),
      ),
    );
    const engine = createEngine([pipeline], store, { scoresFrom: 'outside' });
    engine.event(came(0, 'a'), 1);
    expect([...store.all()].flatMap(({ cells }) => [...cells.values()])).toEqual([]);
    expect(store.takeForgotten()).toEqual([{ pipeline: 'p', what: 'matches', howMany: 1 }]);
  });

  it('forgets what waits when its time is over', () => {
    const store = createState();
    const pipeline = pipelineOf((input, state) =>
      input.pipe(
        matched(state, 'it', { pattern: seq('a', 'b').within('10m'), events }),
        map(() => figure('match', 1)),
      ),
    );
    const engine = createEngine([pipeline], store, { scoresFrom: 'outside' });
    const cells = (): number => [...store.all()].reduce((sum, entity) => sum + entity.cells.size, 0);
    engine.event(came(0, 'a'), 1);
    expect(cells()).toBe(1);
    engine.event(came(11, 'd'), 2);
    expect(cells()).toBe(0);
  });

  it('that is changed begins anew: what waited for another pattern is nothing to it', () => {
    const store = createState();
    const with_ = (pattern: Timed<Letter>): Pipeline =>
      pipelineOf((input, state) =>
        input.pipe(
          matched(state, 'it', { pattern, events }),
          map(() => figure('match', 1)),
        ),
      );
    const over = (pattern: Timed<Letter>, text: string): number => {
      const engine = createEngine([with_(pattern)], store, { scoresFrom: 'outside' });
      for (const one of stream(text)) engine.event(one, 1);
      return engine.take().scores.length;
    };
    expect(over(seq('a', 'b').within('1h'), 'a0')).toBe(0);
    expect(over(seq('c', 'b').within('1h'), 'b1')).toBe(0);
    expect(over(seq('a', 'b').within('1h'), 'b2')).toBe(1);
  });

  it('is refused where it could wait for ever, or means nothing', () => {
    const refused =
      (pattern: Timed<Letter>): (() => unknown) =>
      () =>
        found(pattern, []);
    expect(refused(seq(not('a'), 'b').within('1h'))).toThrow(/begins with an event/);
    expect(refused(seq<Letter>().within('1h'))).toThrow(/begins with an event/);
    expect(refused(one('a').times(0).within('1h'))).toThrow(/times\(0\)/);
    expect(refused(seq(one('a').times(60), one('b').times(60)).within('1h'))).toThrow(/100 events/);
    expect(refused(all(seq('a', 'b'), 'c').within('1h'))).toThrow(/all\(\) takes/);
    const ways = any(seq('a', 'b'), seq('b', 'c'));
    expect(refused(seq(ways, ways, ways, ways, ways, ways).within('1h'))).toThrow(/32 ways/);
    // @ts-expect-error A pattern without an end to its waiting cannot be watched for.
    expect(() => found(seq('a', 'b'), [])).toThrow();
  });
});
