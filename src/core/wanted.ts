import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Characters that are shown of one value. */
export const shownMax = 60;
const listedMax = 24;

/** What belongs there, as the object of `expected`; undefined where the schema does not tell. */
export function wanted(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return kinds.get(issue.expected) ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return sized('at least', 'more than', issue.origin, Number(issue.minimum), issue);
    case 'too_big':
      return sized('at most', 'less than', issue.origin, Number(issue.maximum), issue);
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return formed(issue);
    case 'invalid_union':
      return 'options' in issue && issue.options ? oneOf(issue.options) : either(issue.errors);
    case 'invalid_element':
      return 'other entries';
    case 'unrecognized_keys':
    case 'invalid_key':
      return 'other keys';
    case 'custom':
      return undefined;
    default:
      return issue satisfies never;
  }
}

/** What things are called, by the validator's names for them. */
export const kinds: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['bigint', 'a whole number'],
  ['boolean', 'true or false'],
  ['object', 'an object'],
  ['record', 'an object'],
  ['map', 'an object'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['set', 'a list'],
  ['date', 'a time'],
  ['function', 'a function'],
  ['never', 'nothing'],
  ['undefined', 'nothing'],
  ['void', 'nothing'],
  ['nonoptional', 'a value'],
  ['nan', 'no number'],
]);

function sized(
  inclusive: string,
  exclusive: string,
  origin: string,
  limit: number,
  { inclusive: isInclusive = true, exact = false }: { readonly inclusive?: boolean; readonly exact?: boolean },
): string {
  const unit = units.get(origin);
  const bound = exact ? `exactly ${limit}` : `${isInclusive ? inclusive : exclusive} ${limit}`;
  if (unit === undefined) return `a number of ${bound}`;
  return `${bound} ${limit === 1 ? unit : `${unit}s`}`;
}

const units: ReadonlyMap<string, string> = new Map([
  ['string', 'character'],
  ['file', 'byte'],
  ['array', 'item'],
  ['set', 'item'],
  ['map', 'key'],
  ['object', 'key'],
  ['record', 'key'],
]);

const formats: ReadonlyMap<string, string> = new Map([
  ['datetime', 'a time such as 2026-03-01T12:00:00Z'],
  ['date', 'a date such as 2026-03-01'],
  ['url', 'an address such as https://example.com'],
  ['email', 'an e-mail address'],
  ['json_string', 'JSON'],
  ['base64', 'base64'],
]);

function formed(issue: z.core.$ZodIssueInvalidStringFormat): string {
  const { format, pattern } = issue;
  if (format === 'starts_with' && 'prefix' in issue) return `text that begins with "${String(issue.prefix)}"`;
  if (format === 'ends_with' && 'suffix' in issue) return `text that ends with "${String(issue.suffix)}"`;
  if (format === 'includes' && 'includes' in issue) return `text that holds "${String(issue.includes)}"`;
  if (format === 'regex') return `text that fits ${cut(pattern ?? 'a pattern', 120)}`;
  return formats.get(format) ?? `text of the form ${format}`;
}

function either(errors: readonly (readonly Issue[])[]): string | undefined {
  const each = errors.flatMap(([first]) => (first && (first.message.replace(/^expected /, '') || wanted(first))) ?? []);
  return each.length === 0 ? undefined : [...new Set(each)].join(', or ');
}

function oneOf(values: readonly unknown[]): string {
  const names = values.map((value) => (typeof value === 'string' ? `"${cut(value, shownMax)}"` : String(value)));
  return names.length === 1 ? (names[0] ?? '') : `one of ${listed(names)}`;
}

/** Of names the first, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - listedMax;
  return names.slice(0, listedMax).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);
