const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:Z|([+-])(\d\d):(\d\d))$/i;

/** Milliseconds since 1970 of an RFC 3339 time, finer fractions cut off; undefined for text that is none, 31 February included. */
export function rfc3339Ms(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  // A leap second (60) is taken as the second after it, which is what clocks without leap seconds show.
  if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined;

  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second, Number((match[7] ?? '').padEnd(3, '0').slice(0, 3)));
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000;
  return date.getTime() - (match[8] === '-' ? -offsetMs : offsetMs);
}

const dayMs = 86_400_000;
/** What a Date can be at most. */
const lastMoment = 8.64e15;
/** The days moments were of lately, as `2026-03-02T`, each at its number modulo their count. */
const days = Array.from({ length: 64 }, () => ({ day: Number.NaN, text: '' }));

const digits = (length: number) =>
  Array.from({ length: 10 ** length }, (_, value) => String(value).padStart(length, '0'));
const two = digits(2);
const three = digits(3);

/**
 * A moment, ms since 1970, as RFC 3339 in UTC: what `toISOString` gives, byte for byte, at a fraction of its cost where many
 * moments are of few days. Throws a RangeError for what is no moment.
 */
export function rfc3339Of(ms: number): string {
  const whole = Math.trunc(ms);
  if (!(Math.abs(whole) <= lastMoment)) throw new RangeError(`${ms} is no moment`);
  const day = Math.floor(whole / dayMs);
  const rest = whole - day * dayMs;
  const second = Math.floor(rest / 1_000);
  const minute = Math.floor(second / 60);
  return `${dayTextOf(day)}${two[Math.floor(minute / 60)]}:${two[minute % 60]}:${two[second % 60]}.${three[rest % 1_000]}Z`;
}

function dayTextOf(day: number): string {
  const known = days[((day % days.length) + days.length) % days.length];
  if (known?.day === day) return known.text;
  const text = new Date(day * dayMs).toISOString().slice(0, -'00:00:00.000Z'.length);
  if (known) Object.assign(known, { day, text });
  return text;
}
