const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it: `250ms`, `30s`, `5m`, `2h`, `14d`. */
export type Duration = `${number}${keyof typeof unitMs}`;

const pattern = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

export function isDuration(text: string): text is Duration {
  return pattern.test(text);
}

/** Milliseconds of a duration. Throws a RangeError for text that is none: a mistake in code, not in input. */
export function durationMs(duration: Duration): number {
  const match = pattern.exec(duration);
  if (!match) throw new RangeError(`"${duration}" is not a duration such as 30s, 5m or 14d`);
  const [, amount, unit] = match;
  return Number(amount) * unitMs[unit as keyof typeof unitMs];
}
