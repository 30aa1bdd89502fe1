import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createTransactionRisk,
  reporting,
  riskModel,
  transactionRisk,
  type RiskSeen,
} from '../../src/scoring/transaction-risk.ts';
import {
  cardReported,
  cardSeen,
  type Card,
  type CardTransaction,
  type RiskExample,
} from '../../src/scoring/transaction/card.ts';
import { riskFeatureNames } from '../../src/scoring/transaction/features.ts';
import type { OnlineLogistic } from '../../src/scoring/transaction/online-logistic.ts';
import {
  reportDelaySeconds,
  terminalReported,
  terminalSeen,
  type Terminal,
  type TerminalRisk,
} from '../../src/scoring/transaction/terminal.ts';
import { emptyWindows, fadedTo, windowsAfter } from '../../src/scoring/transaction/windows.ts';
import { deepFrozen } from './arbitraries.ts';

const hour = 3_600;
const day = 24 * hour;

/** A terminal with a transaction every hour from `from` to `to`, those from `bad` on reported a week later. */
function terminalWith({ to, bad }: { to: number; bad: number }): Terminal {
  let terminal: Terminal = null;
  for (let at = 0; at < to; at += hour) {
    terminal = deepFrozen(terminalSeen(terminal, at).state);
    const paid = at - reportDelaySeconds;
    if (paid >= bad) terminal = deepFrozen(terminalReported(terminal, paid));
  }
  return terminal;
}

const risksAt = (terminal: Terminal, at: number): readonly number[] => terminalSeen(terminal, at).risk.risks;

describe('the risk of a terminal', () => {
  it('is low where nothing is known, and lower where all went well', () => {
    expect(risksAt(null, 0)).toEqual([0.01, 0.01, 0.01]);
    for (const risk of risksAt(terminalWith({ to: 60 * day, bad: Infinity }), 60 * day))
      expect(risk).toBeLessThan(0.01);
  });

  it('knows nothing of frauds younger than the delay, and all of them then', () => {
    const bad = 30 * day;
    const [before] = risksAt(terminalWith({ to: bad + 6.5 * day, bad }), bad + 6.5 * day);
    expect(before).toBeLessThan(0.01);
    const after = risksAt(terminalWith({ to: bad + 10 * day, bad }), bad + 10 * day);
    expect(after[0]).toBeGreaterThan(0.85);
    expect(after[2]).toBeGreaterThan(0.05);
    expect(after[0]).toBeGreaterThan(after[2] ?? 1);
  });

  it('does not count a report before its time, however early it comes', () => {
    let terminal: Terminal = null;
    for (let at = 0; at < 5 * day; at += hour) terminal = terminalReported(terminalSeen(terminal, at).state, at);
    for (const risk of risksAt(terminal, 5 * day)) expect(risk).toBe(0.01);
    expect(risksAt(terminal, 10 * day)[1]).toBeGreaterThan(0.9);
  });

  it('takes a report of something it never saw, or saw too long ago, for nothing', () => {
    expect(terminalReported(null, 5)).toBeNull();
    const terminal = terminalWith({ to: 60 * day, bad: Infinity });
    expect(terminalReported(terminal, 3 * day)).toBe(terminal);
  });

  it('stays below a kilobyte, whatever the traffic and the order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 * day }), { maxLength: 400 }), (times) => {
        const last = times.reduce<Terminal>((terminal, at) => terminalSeen(terminal, at).state, null);
        const sorted = times.toSorted((a, b) => a - b);
        const inOrder = sorted.reduce<Terminal>((terminal, at) => terminalSeen(terminal, at).state, null);
        expect(JSON.stringify(inOrder).length).toBeLessThan(1_000);
        expect(JSON.stringify(last).length).toBeLessThan(1_000);
      }),
    );
  });
});

describe('windows', () => {
  it('fade by e in their time, whatever the steps', () => {
    const start = windowsAfter(emptyWindows(0), 0, 8, 80);
    const [, countOfDay] = fadedTo(start, day);
    const [, , , countOfMonth] = fadedTo(start, 30 * day);
    expect(countOfDay).toBeCloseTo(8 / Math.E, 9);
    expect(countOfMonth).toBeCloseTo(8 / Math.E, 9);
    const stepwise = [1, 2, 3, 4].reduce((windows, at) => fadedTo(windows, at * day), start);
    expect(stepwise[5]).toBeCloseTo(fadedTo(start, 4 * day)[5], 9);
    expect(fadedTo(stepwise, day)).toEqual(stepwise);
  });
});

const terminalRisk: TerminalRisk = { counts: [1, 7, 30], risks: [0, 0, 0] };
const paid = (index: number, more: Partial<CardTransaction> = {}): CardTransaction => ({
  eventId: `e${index}`,
  at: index * day * 1_000,
  amount: 50,
  terminalRisk,
  everyone: undefined,
  ...more,
});

describe('what a card makes known', () => {
  it('is no fraud when nobody reported it for a week, and not before', () => {
    let card: Card = null;
    const known: RiskExample[][] = [];
    for (let index = 0; index < 10; index += 1) {
      const seen = cardSeen(card, paid(index));
      card = deepFrozen(seen.state);
      known.push([...seen.examples]);
    }
    expect(known.map((examples) => examples.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(known.flat().every(({ fraud }) => !fraud)).toBe(true);
  });

  it('is fraud when it is reported, with the features it was seen by, and once', () => {
    const first = cardSeen(null, paid(0, { amount: 77 }));
    const second = cardSeen(first.state, paid(1));
    const reported = cardReported(second.state, 'e0');
    expect(reported.examples).toEqual([{ features: first.features, fraud: true }]);
    expect(cardReported(reported.state, 'e0').examples).toEqual([]);
    expect(cardSeen(reported.state, paid(7.5)).examples).toEqual([]);
    expect(cardReported(null, 'e0')).toEqual({ state: null, examples: [] });
  });

  it('waits for no more than fifty', () => {
    let card: Card = null;
    for (let index = 0; index < 500; index += 1) card = cardSeen(card, paid(index / 1_000)).state;
    expect(card?.waiting[0]).toHaveLength(50);
    expect(JSON.stringify(card).length).toBeLessThan(7_500);
  });

  it('names every feature', () => {
    expect(cardSeen(null, paid(0)).features).toHaveLength(riskFeatureNames.length);
  });
});

describe('the risk of a transaction', () => {
  const bad = cardSeen(null, paid(0, { terminalRisk: { counts: [1, 7, 30], risks: [0.9, 0.5, 0.2] } })).features;
  const good = cardSeen(null, paid(0)).features;
  const lesson = (index: number): RiskSeen => ({
    eventId: `lesson ${index}`,
    examples: [
      { features: good, fraud: false },
      { features: good, fraud: false },
      { features: bad, fraud: true },
    ],
  });
  const taught = Array.from({ length: 100 }, (_, index) => lesson(index)).reduce<OnlineLogistic>(
    (model, seen) => deepFrozen(transactionRisk.score(seen, model).state),
    null,
  );

  it('is nothing before anything was learned, and nothing of a report', () => {
    expect(transactionRisk.score({ eventId: 'e', examples: [], features: good }, null).figure).toBeUndefined();
    expect(transactionRisk.score(lesson(0), null).figure).toBeUndefined();
  });

  it('is learned from what was reported', () => {
    const figureOf = (features: readonly number[]) =>
      transactionRisk.score({ eventId: 'e', examples: [], features }, taught).figure;
    expect(figureOf(bad)?.value).toBeGreaterThan(0.9);
    expect(figureOf(good)?.value).toBeLessThan(0.1);
    expect(figureOf(bad)?.confidence).toBeGreaterThan(0.8);
    const names = figureOf(bad)?.contributions.map(({ name }) => name);
    expect(names).toEqual([
      'average case',
      ...'1 d|7 d|30 d'.split('|').map((days) => `terminal's frauds, ${days}`),
      'all else',
    ]);
  });

  it('learns before it judges what comes with it', () => {
    const seen = { eventId: 'e', examples: [{ features: bad, fraud: true }], features: bad };
    expect(transactionRisk.score(seen, null).figure).toBeDefined();
  });

  it('adds up, and stays within 0 and 1, whatever the features', () => {
    const features = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
      minLength: riskFeatureNames.length,
      maxLength: riskFeatureNames.length,
    });
    const examples = fc.array(fc.record({ features, fraud: fc.boolean() }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(features, examples, (features, examples) => {
        const { figure } = transactionRisk.score({ eventId: 'e', examples, features }, taught);
        const sum = figure?.contributions.reduce((total, { weight, value }) => total + weight * value, 0) ?? Number.NaN;
        expect(Math.abs(sum - (figure?.value ?? 0))).toBeLessThan(1e-9);
        expect(figure?.value).toBeGreaterThanOrEqual(0);
        expect(figure?.value).toBeLessThanOrEqual(1);
        expect(figure?.contributions.length).toBeLessThan(30);
      }),
    );
  });

  it('keeps one small model', () => {
    expect(JSON.stringify(taught).length).toBeLessThan(2_500);
  });
});

describe("the risk that an organisation's own reports teach", () => {
  const names = riskFeatureNames.length;
  /** Frauds are large; of the others one in ten is told, as pipelines do. */
  const rows = fc.sample(
    fc.record({ size: fc.double({ min: 0, max: 10, noNaN: true }), noise: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { numRuns: 4_000, seed: 7 },
  );
  const featuresFor = ({ size, noise }: { size: number; noise: number }) =>
    Array.from({ length: names }, (_, at) => (at === 0 ? size : noise));
  const isFraud = ({ size }: { size: number }): boolean => size > 9;
  const taught = rows.reduce<OnlineLogistic>((model, row, index) => {
    const fraud = isFraud(row);
    if (!fraud && index % reporting.silentOneIn !== 0) return model;
    return deepFrozen(riskModel.learn(model, { features: featuresFor(row), fraud }));
  }, riskModel.initial);
  const judge = (size: number, model = taught) =>
    createTransactionRisk(model).score({ eventId: 'e', features: featuresFor({ size, noise: 0.5 }) }, null).figure;

  it('says nothing before a fraud was reported, however many were none', () => {
    const features = featuresFor({ size: 1, noise: 0.5 });
    const noFraud = riskModel.learn(riskModel.initial, { features, fraud: false });
    expect(judge(9.5, riskModel.initial)).toBeUndefined();
    expect(judge(9.5, noFraud)).toBeUndefined();
  });

  it('is high for what looks like a fraud and low for what does not', () => {
    expect(judge(9.9)?.value).toBeGreaterThan(0.4);
    expect(judge(3)?.value).toBeLessThan(0.02);
  });

  it('is as often true as it says, though only one in ten of the silent ones is told', () => {
    const said = rows.reduce((sum, { size, noise }) => {
      const features = featuresFor({ size, noise });
      return sum + (createTransactionRisk(taught).score({ eventId: 'e', features }, null).figure?.value ?? 0);
    }, 0);
    const frauds = rows.filter(isFraud).length;
    expect(said / frauds).toBeGreaterThan(0.6);
    expect(said / frauds).toBeLessThan(1.6);
  });

  it('shows what it was told, and which features say most', () => {
    const { outcomes, weights } = riskModel.show(taught);
    expect(outcomes.positive).toBe(rows.filter(isFraud).length);
    expect(weights[0]?.name).toBe('amount');
  });

  it('waits two months for a report, with six payments at most', () => {
    let card: Card = null;
    const seen = (index: number, at: number) =>
      cardSeen(
        card,
        { eventId: `p${index}`, at: at * 1_000, amount: 50, terminalRisk: undefined, everyone: undefined },
        reporting,
      );
    for (let index = 0; index < 30; index++) card = deepFrozen(seen(index, index * day).state);
    expect(card?.waiting[0]).toHaveLength(6);
    expect(JSON.stringify(card?.waiting).length).toBeLessThan(460);
    expect(cardReported(card, 'p29').examples).toMatchObject([{ fraud: true }]);
    expect(cardReported(card, 'p29', false).examples).toMatchObject([{ fraud: false }]);
    expect(seen(30, 88 * day).state.waiting[0].length).toBeGreaterThan(1);
    expect(seen(30, 95 * day).state.waiting[0]).toHaveLength(1);
  });
});
