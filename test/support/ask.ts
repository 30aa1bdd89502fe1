import { expect } from 'vitest';
import type { z } from 'zod';

/** What a daemon answers at this address, by its schema: to a GET, or to a POST of `body`. */
export async function askAt<T extends z.ZodType>(schema: T, url: string, body?: unknown): Promise<z.output<T>> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.ok, text).toBe(true);
  return schema.parse(JSON.parse(text));
}
