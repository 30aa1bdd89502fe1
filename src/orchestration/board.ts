import { idOf } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import type { Log } from '../log/log.ts';
import type { Board } from './agent.ts';

/** The notes of a run, in the key-value: the same for all daemons. They go when the run has ended. */
export function createBoard({ kv }: Pick<Log, 'kv'>, run: string): Board {
  const keyOf = (name: string) => `${prefixOf(run)}${idOf(name)}`;
  return {
    async get(name) {
      const held = await kv.get(keyOf(name));
      if (!held) return undefined;
      const value: Json = JSON.parse(Buffer.from(held.value).toString('utf8'));
      return { value, revision: held.revision };
    },
    put: (name, value, expected) => kv.put(keyOf(name), Buffer.from(JSON.stringify(value)), expected),
  };
}

export async function clearBoard({ kv }: Pick<Log, 'kv'>, run: string): Promise<void> {
  for (const key of await kv.keys(prefixOf(run))) await kv.delete(key);
}

/** The runs that have notes now: of those that ended while no daemon was there to see it they stay until somebody clears them. */
export async function runsWithBoards({ kv }: Pick<Log, 'kv'>): Promise<readonly string[]> {
  const keys = await kv.keys('board.');
  return [...new Set(keys.flatMap((key) => key.split('.')[1] ?? []))];
}

const prefixOf = (run: string): string => `board.${run}.`;
