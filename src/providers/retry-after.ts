/**
 * How long a server asks to be left alone, ms: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3). Undefined
 * where it says nothing that can be read.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  return (
    positive(headers['retry-after-ms'], 1) ??
    positive(headers['retry-after'], 1_000) ??
    until(headers['retry-after'], now)
  );
}

function positive(text: string | undefined, unitMs: number): number | undefined {
  return text !== undefined && /^\d{1,12}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) * unitMs : undefined;
}

function until(text: string | undefined, now: number): number | undefined {
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
