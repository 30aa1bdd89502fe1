/** A body went past its bound. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * `fetch` whose answers end with a `BodyTooLargeError` after so many bytes, and which follows no redirect: a key would go along
 * to wherever it leads.
 */
export function boundedFetch(maxBytes: number): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' });
    const { status, statusText, headers } = response;
    const body = response.body?.pipeThrough(counting(maxBytes)) ?? null;
    return new Response(body, { status, statusText, headers });
  };
}

function counting(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
      controller.enqueue(chunk);
    },
  });
}
