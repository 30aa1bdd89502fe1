import { duplicateWindowMs } from '../streams.ts';
import { idKeyBytes, type IdWindow } from './id-window.ts';
import type { State, Store, Write } from './store.ts';

const timeBytes = 8;
const sequenceBytes = 6;
const entryBytes = idKeyBytes + sequenceBytes;

interface IdCommit {
  readonly store: Store;
  readonly state: State;
  readonly now: number;
  readonly ids: ReadonlyMap<string, number>;
  readonly writes: Write[];
}

/** Writes the ids of a commit as one value, so that the window can be made again on the next start. */
export function keepIds({ store, state, now, ids, writes }: IdCommit): void {
  if (ids.size === 0) return;
  const value = Buffer.allocUnsafe(timeBytes + ids.size * entryBytes);
  let offset = value.writeDoubleBE(now, 0);
  for (const [key, sequence] of ids) {
    offset += value.write(key, offset, 'latin1');
    offset = value.writeUIntBE(sequence, offset, sequenceBytes);
  }
  const { commits } = state;
  writes.push(() => store.ids.put(commits, value));
  state.oldestIds ??= now;
}

/** The ids of the window, as the last process left them. */
export function loadIds(store: Store, window: IdWindow, now: number): void {
  for (const { value } of store.ids.getRange()) {
    const at = value.readDoubleBE(0);
    if (at <= now - duplicateWindowMs) continue;
    for (let offset = timeBytes; offset < value.length; offset += entryBytes) {
      const key = value.toString('latin1', offset, offset + idKeyBytes);
      window.add(key, value.readUIntBE(offset + idKeyBytes, sequenceBytes), at);
    }
  }
}

/** Commits whose ids one commit frees: more than the one it may add. */
const sweptPerCommit = 16;

/** Frees the ids of commits that are older than the window. Returns whether more is left to do. */
export function sweepIds({ store, state, now, writes }: IdCommit): boolean {
  const expired = (at: number | null) => at !== null && at <= now - duplicateWindowMs;
  if (!expired(state.oldestIds)) return false;

  state.oldestIds = null;
  for (const { key, value } of Array.from(store.ids.getRange({ limit: sweptPerCommit + 1 }))) {
    const at = value.readDoubleBE(0);
    state.oldestIds = at;
    if (!expired(at)) return false;
    writes.push(() => store.ids.remove(key));
  }
  return expired(state.oldestIds);
}
