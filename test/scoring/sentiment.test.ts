import { describe, expect, it } from 'vitest';
import { sentiment } from '../../src/scoring/sentiment.ts';

const figureOf = (text: string) => sentiment.score({ eventId: 'e1', text }, null).figure;
const valueOf = (text: string): number => figureOf(text)?.value ?? Number.NaN;

describe('sentiment', () => {
  it('turns round what is negated', () => {
    expect(valueOf('This is good.')).toBeGreaterThan(0.3);
    expect(valueOf('This is not good.')).toBeLessThan(0);
    expect(valueOf('We are not at all happy.')).toBeLessThan(0);
    expect(valueOf('It was never so good.')).toBeGreaterThan(0.3);
    expect(valueOf('There is nothing. Good people though.')).toBeGreaterThan(0);
  });

  it('hears boosters, dampeners, capitals and exclamation marks', () => {
    expect(valueOf('It is extremely good')).toBeGreaterThan(valueOf('It is good'));
    expect(valueOf('It is somewhat good')).toBeLessThan(valueOf('It is good'));
    expect(valueOf('It is GOOD')).toBeGreaterThan(valueOf('It is good'));
    expect(valueOf('It is bad!!!')).toBeLessThan(valueOf('It is bad'));
    expect(valueOf('IT IS GOOD')).toBe(valueOf('it is good'));
  });

  it('gives what follows a "but" more weight', () => {
    expect(valueOf('The team is nice but the product is bad.')).toBeLessThan(0);
    expect(valueOf('The product is bad but the team is nice.')).toBeGreaterThan(0);
  });

  it('knows what customers write', () => {
    expect(valueOf('We are still waiting, this is the third time.')).toBeLessThan(-0.4);
    expect(valueOf('Export is down again')).toBeLessThan(-0.3);
    expect(valueOf('Works now, thanks!')).toBeGreaterThan(0.4);
    expect(valueOf('A support ticket with a critical alert was shared')).toBe(0);
  });

  it('reads emoticons, and leaves names and addresses out', () => {
    expect(valueOf('ok :)')).toBeGreaterThan(0.2);
    expect(valueOf('ok 👎')).toBeLessThan(-0.2);
    expect(valueOf('see https://great.example/love @happy')).toBe(0);
  });

  it('quotes the words with what changed them', () => {
    expect(figureOf('The export is not very good')?.contributions.map(({ quote }) => quote)).toEqual(['not very good']);
  });

  it('says nothing of a text without words, and little of one without tone', () => {
    expect(figureOf('')).toBeUndefined();
    expect(figureOf('   ')).toBeUndefined();
    expect(figureOf('The meeting is on Thursday')).toEqual({ value: 0, confidence: 0, contributions: [] });
  });

  it('is sure of a text that agrees with itself, less of one that does not', () => {
    const [agrees, torn] = [figureOf('great, wonderful, perfect'), figureOf('great, wonderful, terrible')];
    expect(agrees?.confidence).toBeGreaterThan(torn?.confidence ?? 1);
  });
});
