/** How far ahead a date still presses. */
const soonMs = 48 * 3_600_000;
const dayMs = 24 * 3_600_000;

/**
 * The first date of a text that is today (UTC) or begins within 48 hours of `at`, as it stands there: `by 2026-03-04`,
 * `before March 4th`, `due 4 March`. A date without a year is the next of its name. Undefined where there is none.
 */
export function dueSoon(text: string, at: number): string | undefined {
  // Each has a digit, and most texts have none.
  if (!/\d/.test(text)) return undefined;
  for (const { 0: quote, groups = {} } of text.matchAll(dates)) {
    const begins = beginningOf(groups, at);
    if (begins > at - dayMs && begins <= at + soonMs) return quote;
  }
  return undefined;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const month = String.raw`(?:${months.join('|')})[a-z]{0,6}`;
const day = String.raw`\d{1,2}(?:st|nd|rd|th)?`;
const dates = new RegExp(
  String.raw`\b(?:by|before|until|till|due|on) (?:the )?(?:(?<iso>\d{4}-\d{2}-\d{2})|(?<early>${day})(?: of)? (?<after>${month})|(?<before>${month}) (?<late>${day}))\b`,
  'gi',
);

/** When the day begins, UTC, ms; NaN for a day that no calendar has. */
function beginningOf({ iso, early, after, before, late }: Readonly<Record<string, string | undefined>>, at: number) {
  if (iso !== undefined) return dayOf(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)) - 1, Number(iso.slice(8)));
  const month = months.indexOf((after ?? before ?? '').slice(0, 3).toLowerCase());
  const day = Number.parseInt(early ?? late ?? '', 10);
  const year = new Date(at).getUTCFullYear();
  const thisYear = dayOf(year, month, day);
  return thisYear > at - dayMs ? thisYear : dayOf(year + 1, month, day);
}

function dayOf(year: number, month: number, day: number): number {
  const begins = Date.UTC(year, month, day);
  return new Date(begins).getUTCDate() === day ? begins : Number.NaN;
}
