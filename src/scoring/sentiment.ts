import type { Contribution } from '../core/score.ts';
import { lexiconOf, type Lexicon, type ToneDomain } from './lexicon.ts';
import type { Scorer } from './scorer.ts';
import { emphasisOf, hitsOf } from './sentiment/hits.ts';
import { movements } from './sentiment/movement.ts';
import { readWords } from './sentiment/stretched.ts';
import { quoteOf, textCharsMax } from './text.ts';
import { verbatim, type Token } from './tokens.ts';

/** A text somebody wrote or said, without markup; only the first 2,000 characters are read. */
export interface TextSeen {
  readonly eventId: string;
  readonly text: string;
}

/**
 * The tone of a text, by the rules of VADER (Hutto & Gilbert 2014) over rated lexicons, our own terms and what was learned
 * from rated texts: what strengthens, weakens and turns round a word; capitals; exclamation; and what follows a "but" counts
 * for more. `domain` says which words mean something else: a ticket is no reproach in support, costs that fall are good news
 * in finance. Nothing to say without words.
 */
export function createSentiment(
  domain: ToneDomain,
  build: () => Lexicon = () => lexiconOf(domain),
): Scorer<TextSeen, null> {
  let built: Lexicon | undefined;
  return {
    name: 'sentiment',
    version: 3,
    range: '−1 … 1, negative to positive; where neutral ends differs by domain (toneOf)',
    initial: null,
    score({ eventId, text }) {
      const lexicon = (built ??= build());
      const tokens = readWords(text.slice(0, textCharsMax), lexicon);
      if (tokens.length === 0) return { state: null, figure: undefined };
      const parts = [...wordParts(tokens, lexicon), ...(domain === 'finance' ? movementParts(tokens) : [])];
      const toned = emphasised(parts, tokens);
      const sum = toned.reduce((total, { valence }) => total + valence, 0);
      const weight = 1 / Math.sqrt(sum * sum + normalisationOf(domain, tokens));
      const contributions =
        toned.length > 0
          ? told(toned, { text, tokens }, weight, eventId)
          : [{ name: 'no tone', weight, value: 0, eventId, quote: quoteOf(text, 80) }];
      return { state: null, figure: { value: sum * weight, confidence: confidenceOf(toned), contributions } };
    },
  };
}

/** What is said and written between a company and its customers: calls, mails, deals. */
export const sentiment = createSentiment('business');
/** What customers write to be helped. */
export const supportTone = createSentiment('support');
/** News of companies: good or bad for the company it tells of. */
export const marketTone = createSentiment('finance');
/** Posts, reviews, editorials. */
export const publicTone = createSentiment('public');

/**
 * How much tone makes a text wholly positive or negative: value = s / √(s² + n). VADER's n is 15. A public text is long or short,
 * and one warm word makes a post warm but not an article: there n is twice the number of words, at least 16.
 */
export function normalisationOf(domain: ToneDomain, tokens: readonly Token[]): number {
  if (domain !== 'public') return 15;
  const words = tokens.reduce((count, { kind }) => (kind === 'mark' ? count : count + 1), 0);
  return 2 * Math.max(8, words);
}

/** So many words are named as contributions; the rest are told as one. */
const wordsTold = 12;

/** What carries tone, from one token to another. */
interface Part {
  readonly name: 'word' | 'movement' | 'emphasis';
  readonly valence: number;
  readonly from: number;
  readonly to: number;
}

function wordParts(tokens: readonly Token[], lexicon: Lexicon): readonly Part[] {
  return hitsOf(tokens, lexicon)
    .filter(({ valence }) => valence !== 0)
    .map(({ valence, from, to }) => ({ name: 'word', valence, from, to }));
}

/** A figure that moved says as much as a strong word. */
const movementValence = 3;

function movementParts(tokens: readonly Token[]): readonly Part[] {
  return movements(tokens).map(({ tone, from, to }) => ({
    name: 'movement',
    valence: tone * movementValence,
    from,
    to,
  }));
}

/** Exclamation and question marks go the way the words go; without words they say nothing. */
function emphasised(parts: readonly Part[], tokens: readonly Token[]): readonly Part[] {
  const strength = emphasisOf(tokens);
  const tone = Math.sign(parts.reduce((sum, { valence }) => sum + valence, 0));
  if (strength === 0 || tone === 0) return parts;
  return [...parts, { name: 'emphasis', valence: strength * tone, from: tokens.length, to: tokens.length }];
}

/** 1 − e^(−words/2), less where the words disagree. A word of less than half a point counts as that part of a word. */
function confidenceOf(parts: readonly Part[]): number {
  const words = parts.filter(({ name }) => name !== 'emphasis');
  const mass = words.reduce((sum, { valence }) => sum + Math.abs(valence), 0);
  if (mass === 0) return 0;
  const agreement = Math.abs(words.reduce((sum, { valence }) => sum + valence, 0)) / mass;
  const count = words.reduce((sum, { valence }) => sum + Math.min(1, Math.abs(valence) * 2), 0);
  return (1 - Math.exp(-count / 2)) * (0.5 + agreement / 2);
}

/** A text with its tokens. */
interface Read {
  readonly text: string;
  readonly tokens: readonly Token[];
}

function told(parts: readonly Part[], read: Read, weight: number, eventId: string): readonly Contribution[] {
  const strongest = parts.toSorted((a, b) => Math.abs(b.valence) - Math.abs(a.valence) || a.from - b.from);
  const rest = strongest.slice(wordsTold);
  const named = strongest
    .slice(0, wordsTold)
    .map((part) => ({ name: part.name, weight, value: part.valence, eventId, quote: quoted(part, read) }));
  if (rest.length === 0) return named;
  const value = rest.reduce((sum, { valence }) => sum + valence, 0);
  return [...named, { name: 'further words', weight, value, eventId, quote: `${rest.length} more` }];
}

function quoted({ name, from, to }: Part, { text, tokens }: Read): string {
  if (name !== 'emphasis') return quoteOf(verbatim(text, tokens[from], tokens[to]), 80);
  const mark = tokens.find(({ kind, text }) => kind === 'mark' && /[!?]/.test(text));
  return quoteOf(mark?.text ?? '', 8);
}
