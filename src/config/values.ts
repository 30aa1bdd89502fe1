import { z } from 'zod';
import { isDuration, type Duration } from '../core/duration.ts';
import { namePattern } from '../core/event.ts';

/** What values of options look like, and what is said of others. */
export const duration = z.custom<Duration>(
  (value) => typeof value === 'string' && isDuration(value),
  'expected a duration such as 250ms, 30s, 5m, 2h or 14d',
);
const byteUnits = new Map([
  ['B', 1],
  ['KiB', 1_024],
  ['MiB', 1_024 ** 2],
  ['GiB', 1_024 ** 3],
  ['TiB', 1_024 ** 4],
]);
export const bytes = z.union(
  [
    z.int().positive(),
    z
      .string()
      .regex(/^\d+(B|KiB|MiB|GiB|TiB)$/)
      .transform(bytesOf),
  ],
  'expected a size such as 512KiB, 5MiB or 16GiB',
);
export const count = z.int().positive();
export const name = z.string().regex(namePattern, 'expected a name of a-z, 0-9 and -, at most 63 characters');
export const url = (protocols: RegExp, example: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.test(new URL(value).protocol), `expected ${example}`);
export const secret = secretOf('secret', 8);

export function secretOf(what: string, charactersMin: number): z.ZodString {
  return z.string().min(charactersMin, `a ${what} has at least ${charactersMin} characters`);
}

function bytesOf(text: string): number {
  return Number.parseInt(text, 10) * (byteUnits.get(text.replace(/^\d+/, '')) ?? 1);
}
