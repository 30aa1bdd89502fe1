import { modifiers, type Lexicon } from '../lexicon.ts';
import { tokenise, type Token } from '../tokens.ts';

/** The tokens of a text, with `sooo goooood` read as `so good`. */
export function readWords(text: string, { find }: Lexicon): readonly Token[] {
  const tokens = tokenise(text);
  if (!isStretched(text)) return tokens;
  return tokens.map((token) =>
    unstretched(token, (word) => modifiers.has(word) || find([{ ...token, word }], 0) !== undefined),
  );
}

/** A letter written three times or more is read as two, or as one, whichever makes a known word. */
function unstretched(token: Token, isKnown: (word: string) => boolean): Token {
  if (token.kind !== 'word' || !isStretched(token.word) || isKnown(token.word)) return token;
  const word = [token.word.replace(runs, '$1$1'), token.word.replace(runs, '$1')].find(isKnown);
  return word === undefined ? token : { ...token, word };
}

/** Whether a letter, of whichever case, stands there three times in a row. */
function isStretched(text: string): boolean {
  let [before, times] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at) | 0x20;
    times = code === before ? times + 1 : 1;
    before = code;
    if (times === 3 && code > 96 && code < 123 && text.charCodeAt(at) < 128) return true;
  }
  return false;
}

const runs = /([a-z])\1{2,}/g;
