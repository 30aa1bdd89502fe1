import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callTone, type CallTurn } from '../../src/scoring/call-tone.ts';
import { textArbitrary } from './arbitraries.ts';

const minute = 60_000;
const turn = (at: number, text: string, more: Partial<CallTurn> = {}): CallTurn => ({
  eventId: 'e1',
  speaker: 'Ana',
  by: 'customer',
  at: at * minute,
  text,
  ...more,
});

describe('the tone of a call', () => {
  it('is the customer’s, not the team’s', () => {
    const tone = callTone(
      [turn(0, 'Great to see you, wonderful!', { by: 'team' }), turn(1, 'The export is terrible.')],
      10 * minute,
    );
    expect(tone?.figure.value).toBeLessThan(-0.3);
    expect(callTone([turn(0, 'Great!', { by: 'team' })], minute)).toBeUndefined();
  });

  it('is told per speaker, in the order they spoke', () => {
    const tone = callTone(
      [turn(0, 'We are very happy.'), turn(1, 'I am disappointed.', { speaker: 'Ben' }), turn(2, 'It is great.')],
      10 * minute,
    );
    expect(tone?.speakers.map(({ speaker, figure }) => [speaker, Math.sign(figure.value)])).toEqual([
      ['Ana', 1],
      ['Ben', -1],
    ]);
  });

  it('is told per quarter, and nothing of a quarter without a word', () => {
    const tone = callTone([turn(0, 'It is great.'), turn(9, 'It is awful.'), turn(99, 'It is awful.')], 10 * minute);
    expect(tone?.quarters.map((figure) => figure && Math.sign(figure.value))).toEqual([1, undefined, undefined, -1]);
  });

  it('goes by how it ended and by the worst that was said', () => {
    const good = 'The rollout is good.';
    const poor = 'The rollout is poor.';
    const tone = (...texts: string[]) => callTone([turn(0, texts.join(' '))], minute)?.figure.value ?? Number.NaN;
    expect(tone(poor)).toBeLessThan(0);
    expect(tone(poor, good, good)).toBeCloseTo((2 * tone(poor) + 3 * tone(good)) / 5);
    expect(tone(good, poor)).toBeCloseTo((4 * tone(poor) + tone(good)) / 5);
  });

  it('quotes the sentences, and they add up', () => {
    const texts = fc.array(textArbitrary, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(texts, (list) => {
        const tone = callTone(
          list.map((text, at) => turn(at, text)),
          10 * minute,
        );
        const figures = tone ? [tone.figure, ...tone.speakers.map(({ figure }) => figure), ...tone.quarters] : [];
        for (const figure of figures) {
          if (!figure) continue;
          const sum = figure.contributions.reduce((total, { weight, value }) => total + weight * value, 0);
          expect(Math.abs(sum - figure.value)).toBeLessThan(1e-9);
          expect(Math.abs(figure.value)).toBeLessThanOrEqual(1);
          expect(figure.contributions.length).toBeLessThan(20);
        }
      }),
    );
  });
});
