import { readFileSync } from 'node:fs';

/** Of a thread of this process, on Linux: the 19th figure of its status; its name, the second, may hold spaces. */
export function nicenessOf(thread: string): number {
  const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
