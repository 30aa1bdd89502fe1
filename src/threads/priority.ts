import { readdirSync, readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * What may wait gives way: where processors are few, threads that archive and answer questions run behind those that take in,
 * score and push. Lowering one's own priority needs no rights. Linux has one for each thread; elsewhere nothing happens.
 */

/** Puts the calling thread behind: by so much of what Unix calls niceness (1 … 19), or behind all others. */
export function stepBehind(by: number = constants.priority.PRIORITY_LOW): void {
  const thread = calling();
  if (thread !== undefined) lower(thread, by);
}

/** What is given back puts threads behind that have started since: a library's, which cannot be asked for them. */
export function putBehindWhatStarts(): () => void {
  let known = new Set(threads());
  return () => {
    const present = threads();
    for (const thread of present) if (!known.has(thread)) lower(thread);
    known = new Set(present);
  };
}

/** So many threads Node gives V8, unless `--v8-pool-size` says otherwise, and before them one that waits for what they are to do later. */
const helpersOfV8 = 1 + 4;

/**
 * Puts V8's helpers behind, which mark and clear up heaps beside programs: they are what a process starts with, right after its
 * main thread. Nothing happens where somebody set how many they are.
 */
export function putHelpersBehind(): void {
  if ([...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((each) => each.includes('v8-pool-size'))) return;
  const inOrder = threads().toSorted((a, b) => Number(a) - Number(b));
  // Numbers that had come to their end and began anew tell no order.
  if (inOrder[0] !== String(process.pid)) return;
  for (const helper of inOrder.slice(1, 1 + helpersOfV8)) lower(helper);
}

const threads = (): readonly string[] => told(() => readdirSync('/proc/self/task'), []);

const calling = () => told(() => readlinkSync('/proc/thread-self').split('/').at(-1), undefined);

/** Whether it could be done: not of a thread that has ended, nor where the system forbids it. */
const lower = (thread: string, by: number = constants.priority.PRIORITY_LOW): boolean =>
  told(() => {
    setPriority(Number(thread), Math.min(constants.priority.PRIORITY_LOW, getPriority(Number(thread)) + by));
    return true;
  }, false);

/** What the system tells, or what stands for a system that does not. */
function told<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return otherwise;
    throw error;
  }
}
