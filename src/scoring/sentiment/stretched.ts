import { modifiers, type Lexicon } from '../lexicon.ts';
import { tokenise, type Token } from '../tokens.ts';

/** The tokens of a text, with `sooo goooood` read as `so good`. */
export function readWords(text: string, { find }: Lexicon): readonly Token[] {
  const tokens = tokenise(text);
  if (!stretched.test(text)) return tokens;
  return tokens.map((token) =>
    unstretched(token, (word) => modifiers.has(word) || find([{ ...token, word }], 0) !== undefined),
  );
}

/** A letter written three times or more is read as two, or as one, whichever makes a known word. */
function unstretched(token: Token, isKnown: (word: string) => boolean): Token {
  if (token.kind !== 'word' || !stretched.test(token.word) || isKnown(token.word)) return token;
  const word = [token.word.replace(runs, '$1$1'), token.word.replace(runs, '$1')].find(isKnown);
  return word === undefined ? token : { ...token, word };
}

const stretched = /([a-z])\1\1/i;
const runs = /([a-z])\1{2,}/g;
