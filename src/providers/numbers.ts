/** A figure as it is said: its size without a sign, whether a minus stood before it, and its unit: `%`, a currency, or ''. */
export interface Figure {
  readonly value: number;
  readonly negative: boolean;
  readonly unit: string;
}

/** Currencies and percent by what they are written as, in small letters. */
const units: ReadonlyMap<string, string> = new Map([
  ['%', '%'],
  ['percent', '%'],
  ['$', 'USD'],
  ['usd', 'USD'],
  ['dollars', 'USD'],
  ['€', 'EUR'],
  ['eur', 'EUR'],
  ['euros', 'EUR'],
  ['£', 'GBP'],
  ['gbp', 'GBP'],
  ['pounds', 'GBP'],
  ['¥', 'JPY'],
  ['jpy', 'JPY'],
  ['chf', 'CHF'],
]);

const scales = new Map([
  ['k', 1e3],
  ['m', 1e6],
  ['bn', 1e9],
  ['b', 1e9],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
]);

/**
 * A figure in prose: a sign, a currency, digits with groups of three, a scale, percent or a currency. What follows a letter or a digit is
 * part of a code (`INV-1042`) and none.
 */
const figurePattern =
  /(?<![\p{L}\p{N}\p{Sc}.,:/]|[\p{L}\p{N}][-−–])(?<sign>[-−–+]?)(?<before>[$€£¥]?)(?<digits>\d{1,3}(?:[, '’]\d{3})+(?!\d)|\d+)(?<fraction>\.\d+)?(?:\s?(?<scale>k|m|bn|b|thousand|million|billion)(?![\p{L}\p{N}]))?(?:\s?(?<after>%|€|(?:percent|usd|dollars|eur|euros|gbp|pounds|jpy|chf)(?![\p{L}\p{N}])))?(?![\p{L}\p{N}\p{M}\p{Sc}‰‱°]|[.,:/−–-]\d)/giu;

export function figuresIn(text: string): readonly { readonly said: string; readonly figure: Figure }[] {
  return Array.from(text.matchAll(figurePattern), (match) => ({ said: match[0], figure: figureOf(match) }));
}

/** A text without its figures. Something stands in their place: words to both sides of one do not follow one another. */
export function withoutFigures(text: string): string {
  return text.replaceAll(figurePattern, ' , ');
}

/** The unit a figure of ours is in; '' for what is neither percent nor a currency. */
export function unitOf(text: string): string {
  return units.get(text.toLowerCase()) ?? '';
}

function figureOf(match: RegExpMatchArray): Figure {
  const { sign = '', before = '', digits = '', fraction = '', scale = '', after = '' } = match.groups ?? {};
  const value = Number(`${digits.replaceAll(/\D/g, '')}${fraction}`) * (scales.get(scale.toLowerCase()) ?? 1);
  return {
    value,
    negative: /[-−–]/.test(sign),
    unit: units.get(before.toLowerCase()) ?? units.get(after.toLowerCase()) ?? '',
  };
}

/** Words that count, with what they stand for; null: they stand for themselves alone. */
export const numberWords: ReadonlyMap<string, number | null> = new Map<string, number | null>([
  ...'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, index) => [word, index] as const),
  ...'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, (index + 2) * 10] as const),
  ...'first second third fourth fifth sixth seventh eighth ninth tenth'
    .split(' ')
    .map((word, index) => [word, index + 1] as const),
  ...(
    'hundred hundreds thousand thousands million millions billion billions dozen dozens couple pair half halves halved quarter quarters thirds ' +
    'double doubled doubles twice triple tripled thrice quadrupled tenfold twofold threefold once nobody none ' +
    // What makes another number of one.
    'minus negative pct percentage basis points bps cent cents lakh crore'
  )
    .split(' ')
    .map((word) => [word, null] as const),
]);
