import { setTimeout as sleep } from 'node:timers/promises';

type Ask = () => Promise<boolean> | boolean;

/** At first it asks often, for what happens within a few turns of the loop; then less and less. */
const everyMsMax = 25;

/** Asks again and again until the answer is yes. Rejects after `timeoutMs`, naming what was waited for, or else the question. */
export function until(ask: Ask): Promise<void>;
export function until(what: string, ask: Ask, timeoutMs?: number): Promise<void>;
export async function until(first: string | Ask, second?: Ask, timeoutMs = 60_000): Promise<void> {
  const what = String(first);
  const ask = typeof first === 'string' ? second : first;
  if (!ask) throw new TypeError('there is nothing to ask');
  const deadline = performance.now() + timeoutMs;
  for (let everyMs = 1; !(await ask()); everyMs = Math.min(everyMsMax, everyMs + 1)) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1_000} s`);
    await sleep(everyMs);
  }
}
