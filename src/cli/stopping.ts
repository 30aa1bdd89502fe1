/** The contract says 10 s. What is not finished by then is in the log and is gone on with at the next start. */
const stopWithinMs = 9_500;

export const asked = Symbol('asked to stop');

/** Resolves when the signal aborts. */
export function stopAsked(signal: AbortSignal): Promise<typeof asked> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(asked);
    else signal.addEventListener('abort', () => resolve(asked), { once: true });
  });
}

/** Whether a daemon stopped within the time it has; rejects with what its stopping rejects with. */
export async function inTime(stopping: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), stopWithinMs);
  });
  try {
    return await Promise.race([stopping.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Said where it did not. */
export const stoppedLate = 'not everything was finished in time; the next start goes on from the log';
