import { idOf } from '../../../src/core/ids.ts';
import {
  createUrgency,
  messageFeatures,
  urgencyModel as model,
  type UrgencyLearning,
} from '../../../src/scoring/learned-urgency.ts';
import { csvOf, tsvOf, type DataSets, type Folder } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { auc, macroF1 } from './metrics.ts';
import type { AccuracyRow } from './row.ts';

/**
 * Urgency by cues, and as it is learnt from labels. Learnt figures on the part for development are by five folds, each
 * judged by what was learnt from the other four; on the held-out part by what was learnt from the part for development.
 * Every text is learnt once, in an order by hashes, for the files are sorted by their labels; by the model of the pipeline as it is.
 */
export const measureUrgency: MeasureAccuracy = (sets, progress) =>
  questions
    .flatMap((question) => [byCues(sets, question), learnt(sets, question, progress)])
    .concat(tiersLearnt(sets, progress));

interface Text {
  readonly text: string;
  readonly label: string;
}

/** Which texts are urgent, of those that are asked about. */
interface Question {
  readonly on: string;
  readonly texts: Texts;
  readonly asked: (label: string) => boolean;
  readonly urgent: (label: string) => boolean;
  readonly cues: Bars;
  readonly learnt: Bars;
}
type Bars = { readonly floor: number; readonly goal: number; readonly anchors: string };

interface Texts {
  readonly dev: string;
  readonly heldOut: string;
  read(folder: Folder, file: string): readonly Text[];
}

const bugs: Texts = {
  dev: 'bug-severity/mozilla.tsv',
  heldOut: 'bug-severity/mozilla.tsv',
  read: (folder, file) => tsvOf(folder.text(file)).map(([label = '', text = '']) => ({ text, label })),
};

/** Customers' messages to a bank, by the tier of what they are about. */
const messages: Texts = {
  dev: 'banking77/train.csv',
  heldOut: 'banking77/test.csv',
  read(folder, file) {
    const tierOf: Readonly<Record<string, string>> = JSON.parse(folder.text('banking77/urgency_tiers.json'));
    return csvOf(folder.text(file)).flatMap(({ text = '', category = '' }) => {
      const label = tierOf[category];
      return label === undefined ? [] : [{ text, label }];
    });
  },
};

const blocking = (label: string): boolean => label === 'blocker' || label === 'critical';

const questions: readonly Question[] = [
  {
    on: 'bug-severity, AUC severe vs minor',
    texts: bugs,
    asked: (label) => label !== 'normal',
    urgent: (label) => label === 'major' || blocking(label),
    cues: { floor: 0.7, goal: 0.7, anchors: 'cue words 0.68' },
    learnt: { floor: 0.88, goal: 0.9, anchors: 'multinomial NB 0.887, LR 0.893, one-pass online LR 0.880' },
  },
  {
    on: 'bug-severity, AUC blockers vs rest',
    texts: bugs,
    asked: () => true,
    urgent: blocking,
    cues: { floor: 0.74, goal: 0.74, anchors: 'cue words 0.72' },
    learnt: { floor: 0.86, goal: 0.875, anchors: 'multinomial NB 0.850, LR 0.868, one-pass online LR 0.860' },
  },
  {
    on: 'banking77, AUC high vs rest',
    texts: messages,
    asked: () => true,
    urgent: (label) => label === 'high',
    cues: { floor: 0.8, goal: 0.8, anchors: 'cue words 0.68' },
    learnt: { floor: 0.99, goal: 0.995, anchors: 'LR 0.995' },
  },
];

function byCues(sets: DataSets, { on, texts, asked, urgent, cues }: Question): AccuracyRow {
  const score = 'urgency, by cues';
  if (!sets.dev.has(texts.dev)) return { score, on, absent: texts.dev };
  const measured = (folder: Folder, file: string) => {
    const rows = texts.read(folder, file).filter(({ label }) => asked(label));
    return timed(rows.length, () => areaOf(rows, toldBy(model.initial, rows), urgent));
  };
  const { result: dev, microseconds } = measured(sets.dev, texts.dev);
  const row = { score, on, dev, ...cues, better: 'higher', microseconds } as const;
  const { heldOut } = sets;
  return heldOut?.has(texts.heldOut) ? { ...row, heldOut: measured(heldOut, texts.heldOut).result } : row;
}

function learnt(sets: DataSets, question: Question, progress: (text: string) => void): AccuracyRow {
  const { urgent } = question;
  return learntRow(sets, { ...question, bars: question.learnt }, progress, (rows, tell) =>
    areaOf(rows, tell(urgent), urgent),
  );
}

const tiers = ['low', 'medium', 'high'];

/** One learner a tier, each against the rest. Low is what is not urgent: its learner is asked for the others. */
function tiersLearnt(sets: DataSets, progress: (text: string) => void): AccuracyRow {
  const bars = { floor: 0.92, goal: 0.95, anchors: 'LR 0.94' };
  const on = 'banking77, macro-F1 of 3 tiers';
  return learntRow(sets, { on, texts: messages, asked: () => true, bars }, progress, (rows, tell) => {
    const low = tell((label) => label !== 'low').map((value) => 1 - value);
    const medium = tell((label) => label === 'medium');
    const high = tell((label) => label === 'high');
    const labelled = rows.map(({ label }, row) => {
      const values = [low, medium, high].map((tier) => tier[row] ?? 0);
      return { truth: label, said: tiers[values.indexOf(Math.max(...values))] ?? '' };
    });
    return macroF1(labelled, tiers);
  });
}

/** How urgent each of the rows is called by who learnt from others which labels are urgent. */
type Tell = (urgent: (label: string) => boolean) => readonly number[];

function learntRow(
  sets: DataSets,
  { on, texts, asked, bars }: Pick<Question, 'on' | 'texts' | 'asked'> & { readonly bars: Bars },
  progress: (text: string) => void,
  figureOf: (rows: readonly Text[], tell: Tell) => number,
): AccuracyRow {
  const score = 'urgency, learnt';
  if (!sets.dev.has(texts.dev)) return { score, on, absent: texts.dev };
  progress(`${score}: ${on}`);
  const rowsIn = (folder: Folder, file: string) => drawn(texts.read(folder, file).filter(({ label }) => asked(label)));
  const known = rowsIn(sets.dev, texts.dev);
  const { heldOut } = sets;
  const dev = figureOf(known, (urgent) => byFolds(known, urgent));
  // Whatever was learnt, a text takes the same time.
  const taught = taughtBy(known, (label) => label === known[0]?.label);
  const { microseconds } = timed(known.length, () => toldBy(taught, known));
  const row = { score, on, dev, ...bars, better: 'higher', microseconds } as const;
  if (!heldOut?.has(texts.heldOut)) return row;
  const unseen = rowsIn(heldOut, texts.heldOut);
  return { ...row, heldOut: figureOf(unseen, (urgent) => toldBy(taughtBy(known, urgent), unseen)) };
}

const folds = 5;

function byFolds(rows: readonly Text[], urgent: (label: string) => boolean): readonly number[] {
  const values = rows.map(() => 0);
  for (let fold = 0; fold < folds; fold += 1) {
    const inFold = (_: Text, index: number): boolean => index % folds === fold;
    const taught = taughtBy(
      rows.filter((row, index) => !inFold(row, index)),
      urgent,
    );
    for (const [index, value] of toldBy(taught, rows.filter(inFold)).entries()) values[index * folds + fold] = value;
  }
  return values;
}

/** As in production: each message is scored, and what was kept of it is learnt when its label comes. */
function taughtBy(rows: readonly Text[], urgent: (label: string) => boolean): UrgencyLearning {
  const scorer = createUrgency();
  return rows.reduce((learning, { text, label }) => {
    const { figure } = scorer.score({ eventId: 'seen', at: 0, text }, scorer.initial);
    if (!figure) return learning;
    return model.learn(learning, { ...messageFeatures(text, figure), urgent: urgent(label), told: true });
  }, model.initial);
}

function toldBy(learning: UrgencyLearning, rows: readonly Text[]): readonly number[] {
  const scorer = createUrgency(learning);
  return rows.map(({ text }) => scorer.score({ eventId: 'asked', at: 0, text }, scorer.initial).figure?.value ?? 0);
}

const areaOf = (rows: readonly Text[], values: readonly number[], urgent: (label: string) => boolean): number =>
  auc(rows.map(({ label }, row) => ({ score: values[row] ?? 0, positive: urgent(label) })));

/** The same order every time, and no other than chance has it: by the hash of each text. */
function drawn(rows: readonly Text[]): readonly Text[] {
  return rows
    .map((row) => ({ row, key: idOf(row.text) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}
