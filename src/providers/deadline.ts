/**
 * Runs something until it ends, its time is over, or who asked goes away: then its signal is aborted and it is waited for no longer,
 * whatever it does. What it still says afterwards is not heard.
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly kind: 'ended'; readonly value: T } | { readonly kind: 'timeout' | 'aborted' }> {
  const inner = new AbortController();
  const running = run(inner.signal).then((value) => ({ kind: 'ended', value }) as const);
  let stop = (): void => undefined;
  const stopped = new Promise<{ readonly kind: 'timeout' | 'aborted' }>((resolve) => {
    const timer = setTimeout(() => resolve({ kind: 'timeout' }), ms);
    const abort = () => resolve({ kind: 'aborted' });
    outer.addEventListener('abort', abort, { once: true });
    if (outer.aborted) abort();
    stop = () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    };
  });
  try {
    return await Promise.race([running, stopped]);
  } finally {
    stop();
    inner.abort();
  }
}
