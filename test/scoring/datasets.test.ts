import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import vader from 'vader-sentiment';
import { describe, expect, it } from 'vitest';
import { lexiconOf } from '../../src/scoring/lexicon.ts';
import { createSentiment, sentiment } from '../../src/scoring/sentiment.ts';
import { urgency } from '../../src/scoring/urgency.ts';

/*
 * How good the scorers are, on labelled texts that do not come with weir. Their folder is WEIR_DATASETS, or `datasets` in
 * a folder `shared` beside this project; without it these tests are skipped.
 */
const folder = process.env['WEIR_DATASETS'] ?? resolve(import.meta.dirname, '../../../shared/datasets');
const there = existsSync(join(folder, 'vader-sentiment/tweets.tsv'));
if (!there) console.info(`skipped: no labelled texts in ${folder}; set WEIR_DATASETS to their folder`);

const toneOf = (text: string): number => sentiment.score({ eventId: 'e', text }, null).figure?.value ?? 0;
const urgencyOf = (text: string): number => urgency.score({ eventId: 'e', at: 0, text }, []).figure?.value ?? 0;

describe.skipIf(!there)('on labelled texts', () => {
  // What was learned from these corpora is left out here; the accuracy benchmark learns and scores fold by fold.
  const unlearned = createSentiment('public', () => lexiconOf('public', { words: new Map(), pairs: new Map() }));
  const unlearnedToneOf = (text: string): number => unlearned.score({ eventId: 'e', text }, null).figure?.value ?? 0;

  for (const [corpus, atLeast] of [
    ['tweets', 0.87],
    ['amazon', 0.63],
    ['movie', 0.51],
    ['nyt', 0.5],
  ] as const) {
    it(`sentiment goes with what twenty people said of ${corpus}: Pearson r at least ${atLeast}, before it learns`, () => {
      const rows = lines(`vader-sentiment/${corpus}.tsv`).map((line) => line.split('\t'));
      const rated = rows.map(([, rating]) => Number(rating));
      const r = pearson(
        rows.map(([, , text = '']) => unlearnedToneOf(text)),
        rated,
      );
      report(`sentiment ${corpus}`, { r });
      expect(r).toBeGreaterThanOrEqual(atLeast);
    });
  }

  it('sentiment stands up to the reference implementation it takes its rules from', () => {
    const rows = lines('vader-sentiment/tweets.tsv').map((line) => line.split('\t'));
    const theirs = rows.map(([, , text = '']) => vader.SentimentIntensityAnalyzer.polarity_scores(text).compound);
    const rated = rows.map(([, rating]) => Number(rating));
    const figures = {
      vader: pearson(theirs, rated),
      together: pearson(
        theirs,
        rows.map(([, , text = '']) => unlearnedToneOf(text)),
      ),
    };
    report('sentiment beside vader', figures);
    expect(figures.together).toBeGreaterThan(0.9);
  });

  it('urgency puts stolen cards and money that is gone before questions: AUC at least 0.83', () => {
    const tiers: Record<string, string> = JSON.parse(
      readFileSync(join(folder, 'banking77/urgency_tiers.json'), 'utf8'),
    );
    const rows = lines('banking77/train.csv').flatMap((line) => {
      const comma = line.lastIndexOf(',');
      const tier = tiers[line.slice(comma + 1)];
      return tier === undefined ? [] : [{ tier, score: urgencyOf(line.slice(0, comma)) }];
    });
    const high = auc(
      rows.map(({ score }) => score),
      rows.map(({ tier }) => tier === 'high'),
    );
    report('urgency banking77', { high });
    expect(high).toBeGreaterThanOrEqual(0.83);
  });

  it('urgency puts severe bugs before small ones: AUC at least 0.73, blockers 0.77', () => {
    const rows = lines('bug-severity/mozilla.tsv').map((line) => line.split('\t'));
    const scores = rows.map(([, summary = '']) => urgencyOf(summary));
    const known = rows.map(([severity = ''], index) => ({ severity, score: scores[index] ?? 0 }));
    const sided = known.filter(({ severity }) => severity !== 'normal');
    const severe = auc(
      sided.map(({ score }) => score),
      sided.map(({ severity }) => /blocker|critical|major/.test(severity)),
    );
    const blocking = auc(
      scores,
      rows.map(([severity = '']) => /blocker|critical/.test(severity)),
    );
    report('urgency bug-severity', { severe, blocking });
    expect(severe).toBeGreaterThanOrEqual(0.73);
    expect(blocking).toBeGreaterThanOrEqual(0.77);
  });

  it('tells what a text costs', () => {
    const texts = lines('vader-sentiment/tweets.tsv').map((line) => line.split('\t')[2] ?? '');
    const cost = (score: (text: string) => number): number => {
      texts.forEach(score);
      const start = performance.now();
      texts.forEach(score);
      return ((performance.now() - start) / texts.length) * 1_000;
    };
    const figures = { sentimentUs: cost(toneOf), urgencyUs: cost(urgencyOf) };
    report('cost of a text', figures);
    expect(Object.values(figures).every(Number.isFinite)).toBe(true);
  });
});

function lines(file: string): readonly string[] {
  return readFileSync(join(folder, file), 'utf8').trim().split(/\r?\n/).slice(1);
}

function pearson(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const sum = (of: (x: number, y: number) => number): number =>
    xs.reduce((total, x, i) => total + of(x - mx, (ys[i] ?? 0) - my), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}

/** P(score of a positive > score of a negative), ties a half, by ranks. */
function auc(scores: readonly number[], positive: readonly boolean[]): number {
  const order = scores
    .map((score, index) => ({ score, positive: positive[index] ?? false }))
    .toSorted((a, b) => a.score - b.score);
  let rankSum = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (order[to] && order[to]?.score === order[from]?.score) to += 1;
    const rank = (from + to + 1) / 2;
    rankSum += order.slice(from, to).filter((one) => one.positive).length * rank;
    from = to;
  }
  const positives = positive.filter(Boolean).length;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (positive.length - positives));
}

function report(what: string, figures: Readonly<Record<string, number>>): void {
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(3)}`);
  console.info(`${what}: ${told.join(', ')}`);
}
