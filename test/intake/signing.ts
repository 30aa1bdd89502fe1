import fc from 'fast-check';
import { expect } from 'vitest';
import type { Source, SourceRequest, Verification } from '../../src/intake/source.ts';

export const now = 1_767_200_100_000;

export const body: Buffer = Buffer.from('{"id":"evt_1","text":"Grüße, 価格"}');

export function request(changes: Partial<SourceRequest>): SourceRequest {
  return {
    method: 'POST',
    url: 'https://weir.example/webhooks/acme/x',
    headers: {},
    body,
    receivedAt: now,
    ...changes,
  };
}

export function codeOf(verification: Verification): string {
  return verification.kind === 'refused' ? verification.code : verification.kind;
}

/** Any bit of the body, and any bit of the header that leaves it text, makes it refused. */
export async function refusesFlips(
  source: Source,
  good: SourceRequest,
  secrets: string[],
  header: string,
): Promise<void> {
  expect(await source.verify(good, secrets)).toEqual({ kind: 'authentic' });
  const text = good.headers[header] ?? '';
  const flip = (bytes: Buffer, at: number, bit: number) => {
    const flipped = Buffer.from(bytes);
    flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ (1 << bit);
    return flipped;
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 7 }), fc.boolean(), async (at, bit, inBody) => {
      const changed = inBody
        ? { ...good, body: flip(good.body, at, bit) }
        : {
            ...good,
            headers: { ...good.headers, [header]: flip(Buffer.from(text, 'latin1'), at, bit).toString('latin1') },
          };
      expect((await source.verify(changed, secrets)).kind).toBe('refused');
    }),
    { numRuns: 300 },
  );
}
