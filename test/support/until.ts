import { setTimeout as sleep } from 'node:timers/promises';

const everyMs = 25;

/** Asks again and again until the answer is yes. Rejects after `timeoutMs`, naming what was waited for. */
export async function until(what: string, ask: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
    await sleep(everyMs);
  }
}
