import { lexiconOf } from '../../../src/scoring/lexicon.ts';
import { normalisationOf } from '../../../src/scoring/sentiment.ts';
import { emphasisOf, hitsOf } from '../../../src/scoring/sentiment/hits.ts';
import { readWords } from '../../../src/scoring/sentiment/stretched.ts';
import { learnedFrom, type Learned } from '../../../src/scoring/sentiment/valence.ts';
import { tokenise, type Token } from '../../../src/scoring/tokens.ts';
import { ridge, type Line } from './ridge.ts';

/** A text with what people said of it, −4 … 4, and the kind of text it is. */
export interface Rated {
  readonly corpus: string;
  readonly text: string;
  readonly rating: number;
}

/**
 * Learns what words and pairs add to the lexicons: the valences that bring the scores nearest to the ratings, through the
 * rules and the bending of the sum, by ridge regression (Gauss-Newton, five rounds). Each corpus has its own mean.
 */
export function learn(texts: readonly Rated[]): Learned {
  const { words, pairs } = vocabularyOf(texts);
  const columns = new Map([...words, ...pairs].map((key, index) => [key, index] as const));
  const lexicon = lexiconOf('public', learnedFrom([...columns.keys()].map((key) => [key, 0])));
  const samples = texts.map(({ corpus, text, rating }) => {
    const tokens = readWords(text, lexicon);
    const hits = hitsOf(tokens, lexicon);
    const line = new Map<number, number>();
    for (const { kind, at, to, turn } of hits) {
      const word = tokens[at]?.word ?? '';
      const key = kind === 'pair' ? `${tokens[at - 1]?.word}_${word}` : at === to ? word : '';
      const column = columns.get(key);
      if (column !== undefined) line.set(column, (line.get(column) ?? 0) + turn);
    }
    const base = hits.reduce((sum, { valence }) => sum + valence, 0);
    return {
      corpus,
      target: rating * settings.ratingScale,
      base,
      emphasis: emphasisOf(tokens),
      normalisation: normalisationOf('public', tokens),
      line: [...line],
    };
  });
  let valences = new Float64Array(columns.size);
  for (let round = 0; round < rounds; round += 1) valences = nearer(samples, valences);
  return learnedFrom(
    [...columns]
      .map(([key, index]) => [key, rounded(valences[index] ?? 0)] as const)
      .filter(([, value]) => Math.abs(value) >= tellingMin),
  );
}

interface LearnSettings {
  /** How much the corpora weigh: by how near their texts are to what people write to a company. */
  readonly corpusWeights: Readonly<Record<string, number>>;
  /** From a rating of −4 … 4 to a value of −1 … 1; few texts are rated beyond 2. */
  readonly ratingScale: number;
  readonly penalty: number;
  /** Words and pairs in fewer texts are not learned. */
  readonly wordTextsMin: number;
  readonly pairTextsMin: number;
}

const settings: LearnSettings = {
  corpusWeights: { tweets: 4, amazon: 0.7, movie: 0.25, nyt: 2.5 },
  ratingScale: 0.45,
  penalty: 0.6,
  wordTextsMin: 4,
  pairTextsMin: 3,
};
const rounds = 5;

/** What adds less is left out: nobody would see a reason in it. */
const tellingMin = 0.2;
/** To a tenth of a point: finer than twenty people rate. */
const rounded = (value: number): number => Math.round(value * 10) / 10;

interface Sample {
  readonly corpus: string;
  readonly target: number;
  /** The sum of valences before anything is learned. */
  readonly base: number;
  readonly emphasis: number;
  readonly normalisation: number;
  readonly line: Line;
}

function nearer(samples: readonly Sample[], valences: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const now = samples.map(({ base, emphasis, normalisation, line }) => {
    const words = line.reduce((sum, [column, turn]) => sum + turn * (valences[column] ?? 0), base);
    const sum = words + Math.sign(words) * emphasis;
    const square = sum * sum + normalisation;
    return { value: sum / Math.sqrt(square), slope: normalisation / square ** 1.5 };
  });
  const means = meansBy(samples.map(({ corpus, target }, index) => [corpus, target - (now[index]?.value ?? 0)]));
  const rows = samples.map(({ corpus, target, line }, index) => {
    const { value, slope } = now[index] ?? { value: 0, slope: 0 };
    const known = line.reduce((sum, [column, turn]) => sum + turn * (valences[column] ?? 0), 0);
    const missing = target - value - (means.get(corpus) ?? 0);
    return { line, slope, wanted: missing + slope * known, weight: settings.corpusWeights[corpus] ?? 1 };
  });
  return ridge(rows, valences, settings.penalty);
}

function meansBy(entries: readonly (readonly [string, number])[]): ReadonlyMap<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [name, value] of entries) {
    const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
    sums.set(name, { sum: sum + value, count: count + 1 });
  }
  return new Map([...sums].map(([name, { sum, count }]) => [name, sum / count]));
}

/** The words and pairs that stand in texts enough and can mean something: no names, and nothing of function words alone. */
function vocabularyOf(texts: readonly Rated[]) {
  const words = new Map<string, number>();
  const names = new Map<string, number>();
  const pairs = new Map<string, number>();
  for (const { text } of texts) {
    const tokens = tokenise(text).map((token) => ({ ...token, word: plain.test(token.word) ? token.word : '' }));
    const telling = tokens.filter(({ word }) => word.length > 1 && !functionWords.has(word));
    count(words, new Set(telling.map(({ word }) => word)));
    count(names, new Set(tokens.filter((token, at) => isName(token, tokens[at - 1])).map(({ word }) => word)));
    count(pairs, new Set(tokens.flatMap((token, at) => pairOf(tokens[at - 1], token))));
  }
  const isWord = (word: string): boolean => (names.get(word) ?? 0) <= nameShare * (words.get(word) ?? 0);
  return {
    words: often(words, settings.wordTextsMin).filter((word) => isWord(word)),
    pairs: often(pairs, settings.pairTextsMin).filter((pair) => pair.split('_').every((word) => isWord(word))),
  };
}

/** From which part of its texts on a word is a name. */
const nameShare = 0.65;
const plain = /^[a-z][a-z']*$/;
/** Written with a capital within a sentence. */
const isName = ({ text, sentence }: Token, before: Token | undefined): boolean =>
  before?.sentence === sentence && /^[A-Z][a-z]/.test(text);

function pairOf(before: Token | undefined, { word, sentence }: Token): readonly string[] {
  if (!before || before.word === '' || word === '' || before.sentence !== sentence) return [];
  return functionWords.has(before.word) && functionWords.has(word) ? [] : [`${before.word}_${word}`];
}

/** Words that say how others hang together, and days and numbers: where they come with a tone it is by chance. */
const functionWords = new Set(
  `a about above after all also am an and any are around as at be been before being below between both but by came
  can come did do does doing during each every for from further had has have having he he'd he'll he's her here
  here's hers herself him himself his how how's i i'd i'll i'm i've in into is it it'll it's its itself last let's
  many may me might mine must my myself near new next now of often old on once one ones onto or other others our
  ours ourselves per put rather said saw say says see seen shall she she'd she'll she's since some someone
  something take taken takes that that'll that's the their theirs them themselves then there there's these they
  they'd they'll they're they've thing things this those though through till to today together tomorrow tonight
  took toward towards two under until upon us use used uses using via was way we we'd we'll we're we've well were
  what what's when when's where where's which while who who's whom whose why's will with within yesterday you
  you'd you'll you're you've your yours yourself yourselves first second third three four five six seven eight
  nine ten hundred thousand million monday tuesday wednesday thursday friday saturday sunday january february
  march april june july august september october november december day days week weeks month months year years
  hour hours minute minutes morning evening night time times man men woman women person guy guys amp rt em em' im
  ive u ur ya`.split(/\s+/),
);

function count(counts: Map<string, number>, keys: ReadonlySet<string>): void {
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
}

const often = (counts: ReadonlyMap<string, number>, min: number): readonly string[] =>
  [...counts].filter(([, texts]) => texts >= min).map(([key]) => key);
