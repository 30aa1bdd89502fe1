import { expect } from 'vitest';
import type { z } from 'zod';

/** Reads server-sent events as a browser does. */
export async function streamed(address: string, headers: Record<string, string> = {}) {
  const aborter = new AbortController();
  const response = await fetch(address, { headers, signal: aborter.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';

  /** The next event that is no comment. Rejects where the stream ends, and for data that is none. */
  async function next<S extends z.ZodType>(data: S) {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream ended');
        text += value;
        continue;
      }
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      if (block.startsWith(':')) continue;
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      );
      const json: unknown = JSON.parse(fields.get('data') ?? '');
      return { id: fields.get('id'), event: fields.get('event'), data: data.parse(json) };
    }
  }

  return {
    next,
    comment: async () => {
      while (!text.includes(': ping\n\n')) text += (await reader.read()).value ?? '';
      return true;
    },
    stop: () => aborter.abort(),
  };
}
