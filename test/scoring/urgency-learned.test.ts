import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { learnedUrgency, type LearnedUrgency, type UrgencyLesson } from '../../src/scoring/learned-urgency.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { urgency } from '../../src/scoring/urgency.ts';
import { deepFrozen, textArbitrary } from './arbitraries.ts';

const nothingSaid: Figure = { value: 0, confidence: 0, contributions: [] };

function message(text: string, eventId = 'e1', at = 0): UrgencyLesson {
  const cues = urgency.score({ eventId, at, text }, []).figure ?? nothingSaid;
  return { kind: 'message', eventId, at, text, cues };
}
const label = (urgent: boolean, messageId = 'e1'): UrgencyLesson => ({ kind: 'label', messageId, urgent });

const after = (lessons: readonly UrgencyLesson[], from = learnedUrgency.initial): LearnedUrgency =>
  lessons.reduce((state, lesson) => learnedUrgency.score(lesson, state).state, from);
const figureOf = (text: string, state: LearnedUrgency): Figure =>
  learnedUrgency.score(message(text, 'asked'), state).figure ?? nothingSaid;

/** A company where a word no dictionary knows means trouble. */
const taught = after(
  Array.from({ length: 30 }, (_, i) => [
    message(`The frobnicator is blinking in hall ${i}`, `a${i}`, i),
    label(true, `a${i}`),
    message(`A question about the invoice of week ${i}`, `b${i}`, i),
    label(false, `b${i}`),
  ]).flat(),
);

const lessons: fc.Arbitrary<readonly UrgencyLesson[]> = fc.array(
  fc.oneof(
    fc.tuple(textArbitrary, fc.constantFrom('e1', 'e2', 'e3'), fc.nat(1_000)).map((args) => message(...args)),
    fc.tuple(fc.boolean(), fc.constantFrom('e1', 'e2', 'e3')).map((args) => label(...args)),
  ),
  { maxLength: 40 },
);

describe('learnt urgency', () => {
  it('goes by the cues until somebody has set a priority', () => {
    const value = (text: string): number => figureOf(text, learnedUrgency.initial).value;
    expect(value('Production is down for all users, fix it immediately!')).toBeGreaterThan(0.85);
    expect(value('How do I rename a template?')).toBeLessThan(0.15);
  });

  it('learns what words mean to this company, and quotes them', () => {
    const { value, contributions } = figureOf('frobnicator blinking again?', taught);
    expect(value).toBeGreaterThan(figureOf('frobnicator blinking again?', learnedUrgency.initial).value + 0.3);
    expect(contributions.map(({ quote }) => quote)).toContain('frobnicator');
    expect(figureOf('about the invoice', taught).value).toBeLessThan(0.1);
  });

  it('is surer the more labels it has seen, of words it has seen', () => {
    const sure = (text: string, state: LearnedUrgency): number => figureOf(text, state).confidence;
    expect(sure('the frobnicator', taught)).toBeGreaterThan(sure('the frobnicator', learnedUrgency.initial));
    expect(sure('the frobnicator', taught)).toBeGreaterThan(sure('xylophones wobble', taught));
  });

  it('learns when the label comes, not before, and from each message once', () => {
    const seen = after([message('The frobnicator is blinking')]);
    expect(seen.model).toEqual(learnedUrgency.initial.model);
    const once = after([label(true)], seen);
    expect(once.labels).toBe(1);
    expect(after([label(true), label(false), label(true, 'unknown')], once)).toEqual(once);
  });

  it('waits a month for a label, no longer', () => {
    const day = 24 * 3_600_000;
    const labelsAfter = (days: number) =>
      after([message('The frobnicator is blinking'), message('Hello', 'e2', days * day), label(true)]).labels;
    expect(labelsAfter(29)).toBe(1);
    expect(labelsAfter(31)).toBe(0);
  });

  it('adds up: weight × value of its contributions are the value, in few reasons', () => {
    fc.assert(
      fc.property(lessons, textArbitrary, fc.constantFrom(learnedUrgency.initial, taught), (list, text, from) => {
        const { value, confidence, contributions } = figureOf(text, after(list, from));
        const sum = contributions.reduce((total, { weight, value }) => total + weight * value, 0);
        expect(Math.abs(sum - value)).toBeLessThan(1e-9);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(contributions.length).toBeLessThan(30);
        for (const { quote } of contributions) expect(quote?.length ?? 0).toBeLessThan(400);
      }),
      { numRuns: 60 },
    );
  });

  it('quotes nothing that no table could hold', () => {
    const odd = '𝒶'.repeat(50) + '\ud835';
    const state = after([message(odd), label(true)]);
    const quotes = figureOf(odd, state).contributions.map(({ quote }) => quote ?? '');
    expect(quotes.some((quote) => quote.includes('𝒶'))).toBe(true);
    for (const quote of quotes) expect(Buffer.from(quote).toString()).toBe(quote);
  });

  it('changes nothing in place, and says the same when it was written down after every step', () => {
    fc.assert(
      fc.property(lessons, (list) => {
        const run = (between: (state: LearnedUrgency) => LearnedUrgency): LearnedUrgency =>
          list.reduce((state, lesson) => between(learnedUrgency.score(lesson, state).state), learnedUrgency.initial);
        expect(run((state) => JSON.parse(JSON.stringify(state)))).toEqual(run(deepFrozen));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps no more than two hundred messages waiting, and forgets the earliest', () => {
    const { awaiting } = after(Array.from({ length: 250 }, (_, i) => message(`number ${i}`, `m${i}`, i)));
    expect(awaiting).toHaveLength(200);
    expect(awaiting[0]?.id).toBe('m50');
  });
});
