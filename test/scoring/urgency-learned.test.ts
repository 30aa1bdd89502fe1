import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumOf } from '../../src/core/score.ts';
import {
  createUrgency,
  messageFeatures,
  urgencyModel,
  type UrgencyExample,
  type UrgencyLearning,
} from '../../src/scoring/learned-urgency.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { urgency } from '../../src/scoring/urgency.ts';
import { conversationAfter, noConversation, type ConversationSeen } from '../../src/scoring/urgency-outcome.ts';
import { deepFrozen, textArbitrary } from './arbitraries.ts';

const nothingSaid: Figure = { value: 0, confidence: 0, contributions: [] };
const figureOf = (text: string, learning = urgencyModel.initial): Figure =>
  createUrgency(learning).score({ eventId: 'asked', at: 0, text }, []).figure ?? nothingSaid;
const valueOf = (text: string, learning?: UrgencyLearning): number => figureOf(text, learning).value;

const example = (text: string, urgent: boolean, told = true): UrgencyExample => ({
  ...messageFeatures(text, figureOf(text)),
  urgent,
  told,
});
const after = (examples: readonly UrgencyExample[], from = urgencyModel.initial): UrgencyLearning =>
  examples.reduce((learning, one) => deepFrozen(urgencyModel.learn(learning, deepFrozen(one))), from);

/** A company where a word no dictionary knows means trouble. */
const taught = after(
  Array.from({ length: 30 }, (_, i) => [
    example(`The frobnicator is blinking in hall ${i}`, true),
    example(`A question about the invoice of week ${i}`, false),
  ]).flat(),
);

const outage = 'URGENT: production is down for all our users, fix it immediately!';
const examples: fc.Arbitrary<readonly UrgencyExample[]> = fc.array(
  fc.tuple(textArbitrary, fc.boolean(), fc.boolean()).map((args) => example(...args)),
  { maxLength: 30 },
);

describe('urgency that is learned', () => {
  it('is that of the cues, to the last digit, until somebody has set a priority', () => {
    const nobodySets = after(Array.from({ length: 50 }, (_, i) => example(`Hello ${i}, it is down`, false, false)));
    fc.assert(
      fc.property(textArbitrary, (text) => {
        const seen = { eventId: 'asked', at: 0, text };
        expect(createUrgency(nobodySets).score(seen, [])).toEqual(urgency.score(seen, []));
      }),
    );
  });

  it('learns what words mean to this company, and quotes them', () => {
    const { value, contributions } = figureOf('frobnicator blinking again?', taught);
    expect(value).toBeGreaterThan(valueOf('frobnicator blinking again?') + 0.3);
    expect(contributions.map(({ quote }) => quote)).toContain('frobnicator');
    expect(valueOf('about the invoice', taught)).toBeLessThan(0.1);
  });

  it('is surer the more labels it has seen, of words it has seen', () => {
    const sure = (text: string, learning?: UrgencyLearning): number => figureOf(text, learning).confidence;
    expect(sure('the frobnicator', taught)).toBeGreaterThan(sure('the frobnicator'));
    expect(sure('the frobnicator', taught)).toBeGreaterThan(sure('xylophones wobble', taught));
  });

  it('takes a conversation that was closed as it came for one that was not urgent, where people do set priorities', () => {
    const closed = Array.from({ length: 20 }, () => example('Where is the manual?', false, false));
    expect(after(closed).outcomes).toEqual({ positive: 0, negative: 0 });
    expect(after(closed, taught).outcomes.negative).toBe(50);
    expect(valueOf('Where is the manual?', after(closed, taught))).toBeLessThan(valueOf('Where is the manual?'));
  });

  it('never lets what the cues are sure of fall below what should not wait', () => {
    const contrary = after(
      Array.from({ length: 700 }, () => example(outage, false)),
      taught,
    );
    expect(valueOf(outage, contrary)).toBeLessThan(valueOf(outage));
    expect(valueOf(outage, contrary)).toBeGreaterThan(0.6);
  });

  it('adds up to the value, within 0 and 1, in few reasons, the cues first and as they were', () => {
    fc.assert(
      fc.property(examples, textArbitrary, fc.constantFrom(urgencyModel.initial, taught), (list, text, from) => {
        const { value, confidence, contributions } = figureOf(text, after(list, from));
        expect(Math.abs(sumOf(contributions) - value)).toBeLessThan(1e-9);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        const byCues = figureOf(text).contributions;
        expect(contributions.slice(0, byCues.length)).toEqual(byCues);
        expect(contributions.length - byCues.length).toBeLessThan(12);
        for (const { quote } of contributions) expect(quote?.length ?? 0).toBeLessThan(400);
      }),
      { numRuns: 60 },
    );
  });

  it('quotes nothing that no table could hold', () => {
    const odd = `it ${'𝒶'.repeat(50)}\ud835`;
    const quotes = figureOf(odd, after([example(odd, true)])).contributions.map(({ quote }) => quote ?? '');
    expect(quotes.some((quote) => quote.includes('𝒶'))).toBe(true);
    for (const quote of quotes) expect(Buffer.from(quote).toString()).toBe(quote);
  });

  it('says the same when it was written down after every example', () => {
    fc.assert(
      fc.property(examples, (list) => {
        const written = list.reduce<UrgencyLearning>(
          (learning, one) => JSON.parse(JSON.stringify(urgencyModel.learn(learning, one))),
          urgencyModel.initial,
        );
        expect(written).toEqual(after(list));
      }),
      { numRuns: 40 },
    );
  });

  it('takes no more than some 200 KB, however many words it is told of', () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      example(Array.from({ length: 12 }, (__, j) => `word${i * 12 + j}`).join(' '), i % 2 === 0),
    );
    expect(JSON.stringify(after(many)).length).toBeLessThan(210_000);
  });

  it('shows how often what it said came true', () => {
    const { outcomes, calibration, weights } = urgencyModel.show(taught);
    expect(outcomes).toEqual({ positive: 30, negative: 30 });
    expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(50);
    expect(weights.map(({ name }) => name)).toEqual(['average case', 'what cues mean here']);
  });
});

describe('a conversation', () => {
  const message = (text: string): ConversationSeen => ({ message: { eventId: 'e', at: 0, text } });
  const closedAs = (urgent: boolean): ConversationSeen => ({
    message: { eventId: 'closed', at: 0, text: undefined },
    outcome: { urgent, told: false },
  });
  const set: ConversationSeen = { outcome: { urgent: true, told: true } };
  const follow = (list: readonly ConversationSeen[]) => {
    let conversation = noConversation;
    const told = list.flatMap((seen) => {
      const next = conversationAfter(conversation, seen, createUrgency());
      conversation = deepFrozen(next.conversation);
      return next.example ? [next.example] : [];
    });
    return { told, conversation };
  };

  it('teaches its most urgent message, once', () => {
    const talk = [message('Hello'), message(outage), message('thank you, bye')];
    expect(follow([...talk, set, closedAs(true)]).told).toEqual([example(outage, true)]);
    expect(follow([...talk, closedAs(false)]).told).toEqual([example(outage, false, false)]);
  });

  it('teaches again of what is written after its priority was set', () => {
    const { told } = follow([message('Hello'), set, message('Where is the manual?'), closedAs(true)]);
    expect(told.map(({ told: said }) => said)).toEqual([true, false]);
  });

  it('teaches nothing where no customer wrote, or nobody knows its priority', () => {
    expect(follow([set, closedAs(false)]).told).toEqual([]);
    expect(follow([message('Hello'), { message: { eventId: 'closed', at: 0, text: undefined } }]).told).toEqual([]);
  });

  it('takes little room, however long its messages are', () => {
    const { conversation } = follow([message('It is down, and '.repeat(500))]);
    expect(JSON.stringify(conversation).length).toBeLessThan(2_500);
  });
});
