import { lexiconOf, type ToneDomain } from '../../../src/scoring/lexicon.ts';
import { createSentiment, marketTone, publicTone, supportTone, type TextSeen } from '../../../src/scoring/sentiment.ts';
import type { Scorer } from '../../../src/scoring/scorer.ts';
import { toneOf, type Tone } from '../../../src/scoring/sentiment/tone.ts';
import { onParts, tsvOf, type DataSets, type Folder } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { accuracyOf, macroF1, macroRecall, pearson, type Labelled } from './metrics.ts';
import type { AccuracyRow } from './row.ts';
import { learn, type Rated } from './sentiment-fit.ts';

/**
 * The tone of texts: with the mean of twenty raters on the corpora the learned valences come from (dev: five-fold, nothing is
 * scored by what was learned from it), and by class on corpora nothing was learned from.
 */
export const measureSentiment: MeasureAccuracy = (sets, progress) => [
  ...ratedRows(sets, progress),
  ...labelledSets.flatMap((labelled) => labelledRows(sets, labelled)),
];

const folds = 5;
const corpora = [
  {
    corpus: 'tweets',
    floor: 0.875,
    goal: 0.895,
    anchors: 'human 0.888, VADER 0.875–0.881, wink-sentiment 0.776, AFINN 0.685',
  },
  {
    corpus: 'amazon',
    floor: 0.58,
    goal: 0.68,
    anchors: 'human 0.911, VADER 0.583, wink-sentiment 0.568, n-gram ridge 0.73',
  },
  { corpus: 'nyt', floor: 0.54, goal: 0.58, anchors: 'human 0.745, VADER 0.540 (on dev 0.460), n-gram ridge 0.60' },
  { corpus: 'movie', floor: 0.44, goal: 0.55, anchors: 'human 0.899, VADER 0.437 (on dev 0.405), n-gram ridge 0.70' },
] as const;

interface RatedRow extends Rated {
  /** What must not be parted between learning and scoring: the review, the article. */
  readonly group: string;
}

function ratedRows(sets: DataSets, progress: (text: string) => void): readonly AccuracyRow[] {
  const files = corpora.map(({ corpus }) => fileOf(corpus));
  const absent = files.find((file) => !sets.dev.has(file));
  if (absent !== undefined) {
    return corpora.map(({ corpus }) => ({ score: 'sentiment, public', on: `vader-sentiment ${corpus}`, absent }));
  }
  const dev = crossValidated(
    corpora.flatMap(({ corpus }) => ratedOf(sets.dev, corpus)),
    progress,
  );
  return corpora.map(({ corpus, floor, goal, anchors }) => {
    const rows = ratedOf(sets.dev, corpus);
    const { microseconds } = scoresOf(publicTone, rows);
    const heldOut = sets.heldOut?.has(fileOf(corpus)) ? ratedOf(sets.heldOut, corpus) : undefined;
    return {
      score: 'sentiment, public',
      on: `vader-sentiment ${corpus}, Pearson r`,
      dev: pearson(
        rows.map((row) => dev.get(row.text) ?? 0),
        rows.map(({ rating }) => rating),
      ),
      ...(heldOut && {
        heldOut: pearson(
          scoresOf(publicTone, heldOut).values,
          heldOut.map(({ rating }) => rating),
        ),
      }),
      floor,
      goal,
      better: 'higher',
      anchors,
      microseconds,
      note: 'dev: five-fold by review and article',
    };
  });
}

/** The score of each text by what was learned from the other folds. */
function crossValidated(rows: readonly RatedRow[], progress: (text: string) => void): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (let fold = 0; fold < folds; fold += 1) {
    progress(`sentiment: fold ${fold + 1} of ${folds}`);
    const learned = learn(rows.filter(({ group }) => foldOf(group) !== fold));
    const scorer = createSentiment('public', () => lexiconOf('public', learned));
    const scored = rows.filter(({ group }) => foldOf(group) === fold);
    scoresOf(scorer, scored).values.forEach((value, index) => values.set(scored[index]?.text ?? '', value));
  }
  return values;
}

const fileOf = (corpus: string): string => `vader-sentiment/${corpus}.tsv`;

function ratedOf(folder: Folder, corpus: string): readonly RatedRow[] {
  const whole = corpus === 'amazon' || corpus === 'nyt';
  return tsvOf(folder.text(fileOf(corpus))).map(([id = '', rating, text = '']) => ({
    corpus,
    text,
    rating: Number(rating),
    group: `${corpus}:${whole ? id.split('_')[0] : id}`,
  }));
}

/** FNV-1a of the group, by the number of folds. */
function foldOf(group: string): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < group.length; at += 1) hash = Math.imul(hash ^ group.charCodeAt(at), 16_777_619);
  return (hash >>> 0) % folds;
}

function scoresOf(scorer: Scorer<TextSeen, null>, rows: readonly { readonly text: string }[]) {
  const score = (text: string): number => scorer.score({ eventId: 'e', text }, null).figure?.value ?? 0;
  for (const { text } of [...rows, ...rows]) score(text);
  const { result, microseconds } = timed(rows.length, () => rows.map(({ text }) => score(text)));
  return { values: result, microseconds };
}

interface LabelledSet {
  readonly name: string;
  readonly devFile: string;
  readonly heldOutFile: string;
  readonly labelColumn: number;
  readonly textColumn: number;
  readonly scorer: Scorer<TextSeen, null>;
  readonly domain: ToneDomain;
  readonly metrics: readonly {
    readonly name: string;
    readonly of: (labelled: readonly Labelled<Tone>[]) => number;
    readonly floor: number;
    readonly goal: number;
    readonly anchors: string;
  }[];
}

const tones: readonly Tone[] = ['negative', 'neutral', 'positive'];

const labelledSets: readonly LabelledSet[] = [
  {
    name: 'airline-tweets',
    devFile: 'airline-tweets/tweets.tsv',
    heldOutFile: 'airline-tweets/tweets.tsv',
    labelColumn: 3,
    textColumn: 5,
    scorer: supportTone,
    domain: 'support',
    metrics: [
      {
        name: 'macro-F1',
        of: (labelled) => macroF1(labelled, tones),
        floor: 0.55,
        goal: 0.62,
        anchors: 'VADER 0.45–0.50, AFINN 0.50, wink-sentiment 0.52, trained on it 0.73–0.74',
      },
    ],
  },
  {
    name: 'financial-phrasebank',
    devFile: 'financial-phrasebank/sentences.tsv',
    heldOutFile: 'financial-phrasebank/sentences.tsv',
    labelColumn: 0,
    textColumn: 1,
    scorer: marketTone,
    domain: 'finance',
    metrics: [
      {
        name: 'accuracy',
        of: accuracyOf,
        floor: 0.66,
        goal: 0.72,
        anchors: 'majority 0.59, VADER 0.54, wink-sentiment 0.586, trained on it 0.76, FinBERT 0.86',
      },
      {
        name: 'macro-F1',
        of: (labelled) => macroF1(labelled, tones),
        floor: 0.58,
        goal: 0.65,
        anchors: 'VADER 0.485, AFINN 0.51, wink-sentiment 0.535, trained on it 0.72',
      },
    ],
  },
  {
    name: 'tweeteval-sentiment',
    devFile: 'tweeteval-sentiment/val.tsv',
    heldOutFile: 'tweeteval-sentiment/test.tsv',
    labelColumn: 0,
    textColumn: 1,
    scorer: publicTone,
    domain: 'public',
    metrics: [
      {
        name: 'macro recall, %',
        of: (labelled) => 100 * macroRecall(labelled, tones),
        floor: 57,
        goal: 61,
        anchors: 'unsupervised: VADER 57.0, wink-sentiment 57.9; trained on 45 k: SVM 62.9, LSTM 58.3, BERTweet 73.4',
      },
    ],
  },
];

function labelledRows(sets: DataSets, set: LabelledSet): readonly AccuracyRow[] {
  const score = `sentiment, ${set.domain}`;
  if (!sets.dev.has(set.devFile)) return [{ score, on: set.name, absent: set.devFile }];
  const dev = labelledOf(sets.dev, set.devFile, set);
  const { heldOut } = onParts(sets, set.heldOutFile, (folder) => labelledOf(folder, set.heldOutFile, set));
  return set.metrics.map(({ name, of, floor, goal, anchors }) => ({
    score,
    on: `${set.name}, ${name}`,
    dev: of(dev.labelled),
    ...(heldOut && { heldOut: of(heldOut.labelled) }),
    floor,
    goal,
    better: 'higher',
    anchors,
    microseconds: dev.microseconds,
    note: 'nothing was learned from it; its neutral band was chosen on dev',
  }));
}

function labelledOf(folder: Folder, file: string, { labelColumn, textColumn, scorer, domain }: LabelledSet) {
  const rows = tsvOf(folder.text(file)).flatMap((row) => {
    const truth = tones.find((tone) => tone === row[labelColumn]);
    return truth === undefined ? [] : [{ truth, text: row[textColumn] ?? '' }];
  });
  const { values, microseconds } = scoresOf(scorer, rows);
  return {
    labelled: rows.map(({ truth }, index) => ({ truth, said: toneOf(values[index] ?? 0, domain) })),
    microseconds,
  };
}
