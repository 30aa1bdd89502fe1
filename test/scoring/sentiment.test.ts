import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marketTone, publicTone, sentiment, supportTone } from '../../src/scoring/sentiment.ts';
import { toneOf } from '../../src/scoring/sentiment/tone.ts';
import { textArbitrary } from './arbitraries.ts';

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
    expect(figureOf('The meeting is on Thursday')).toMatchObject({
      value: 0,
      confidence: 0,
      contributions: [{ name: 'no tone', value: 0, quote: 'The meeting is on Thursday' }],
    });
  });

  it('is sure of a text that agrees with itself, less of one that does not', () => {
    const [agrees, torn] = [figureOf('great, wonderful, perfect'), figureOf('great, wonderful, terrible')];
    expect(agrees?.confidence).toBeGreaterThan(torn?.confidence ?? 1);
  });
});

describe('tone by kind of text', () => {
  const inSupport = (text: string) =>
    toneOf(supportTone.score({ eventId: 'e1', text }, null).figure?.value ?? 0, 'support');
  const inNews = (text: string) =>
    toneOf(marketTone.score({ eventId: 'e1', text }, null).figure?.value ?? 0, 'finance');

  it('reads a letter that is held as it is meant', () => {
    expect(valueOf('this is sooo goooood')).toBe(valueOf('this is so good'));
  });

  it('takes a decimal point for no end of a sentence, and what is left of markup for no emoticon', () => {
    expect(valueOf('not 3.5 good')).toBeLessThan(0);
    expect(valueOf('Menu &gt; Users &gt; Add')).toBe(0);
  });

  it('hears waiting as a complaint in support, and a plain question as none', () => {
    expect(inSupport('I have been on hold for two hours')).toBe('negative');
    expect(inSupport('Where can I change my seat?')).toBe('neutral');
    expect(inSupport('You guys went above and beyond, thank you so much!')).toBe('positive');
  });

  it('knows in news which way which figure went', () => {
    expect(inNews('Operating profit rose to EUR 13.1 mn from EUR 8.7 mn')).toBe('positive');
    expect(inNews('Net sales fell by 4 %')).toBe('negative');
    expect(inNews('The loss narrowed to EUR 2 mn')).toBe('positive');
    expect(inNews('Costs increased by a tenth')).toBe('negative');
    expect(inNews('Profit did not increase')).toBe('negative');
  });

  it('compares amounts, and takes a level for nothing', () => {
    expect(inNews('Net sales were EUR 3.1 mn, compared to EUR 2,900 thousand a year before')).toBe('positive');
    expect(inNews('Net sales were EUR 2.9 mn, compared to EUR 3.1 mn in 2008')).toBe('negative');
    expect(inNews('An operating loss of EUR 3.2 mn, compared to a profit of EUR 1.2 mn')).toBe('negative');
    expect(inNews('Operating profit was EUR 5.8 mn, up from a loss of EUR 1.7 mn')).toBe('positive');
    expect(inNews('Net sales totalled EUR 3.2 mn in 2008')).toBe('neutral');
    expect(inNews('The company posted a loss of EUR 3.2 mn')).toBe('negative');
  });

  it('quotes what moved', () => {
    const figure = marketTone.score({ eventId: 'e1', text: 'Net profit almost doubled' }, null).figure;
    expect(figure?.contributions.map(({ name, quote }) => [name, quote])).toContainEqual([
      'movement',
      'profit almost doubled',
    ]);
  });

  it('adds what was learned in public texts alone', () => {
    const text = 'The screenplay is flat, and the plot goes nowhere';
    expect(publicTone.score({ eventId: 'e1', text }, null).figure?.value).toBeLessThan(-0.05);
    expect(valueOf(text)).toBe(0);
  });

  it('quotes what stands there, letter for letter', () => {
    const scorers = fc.constantFrom(sentiment, supportTone, marketTone, publicTone);
    fc.assert(
      fc.property(scorers, textArbitrary, (scorer, text) => {
        const told = scorer.score({ eventId: 'e1', text }, null).figure?.contributions ?? [];
        for (const { name, quote } of told) {
          if (name !== 'further words') expect(text).toContain((quote ?? '').replace(/…$/, ''));
        }
      }),
    );
  });

  it('gives the words that add up to the value, whatever the text', () => {
    const scorers = fc.constantFrom(sentiment, supportTone, marketTone, publicTone);
    fc.assert(
      fc.property(scorers, textArbitrary, (scorer, text) => {
        const figure = scorer.score({ eventId: 'e1', text }, null).figure;
        const sum = figure?.contributions.reduce((total, { weight, value }) => total + weight * value, 0) ?? 0;
        expect(Math.abs(sum - (figure?.value ?? 0))).toBeLessThan(1e-9);
        expect(Math.abs(sum)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
