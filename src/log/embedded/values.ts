import type { Blobs, KeyValue } from '../log.ts';
import type { Committer } from './commit.ts';
import type { Draft } from './draft.ts';
import type { Store } from './store.ts';

const revisionBytes = 8;

export function createEmbeddedKeyValue(store: Store, committer: Committer<Draft>): KeyValue {
  const entryOf = (key: string) => {
    const entry = store.values.get(key);
    return entry && { value: entry.subarray(revisionBytes), revision: entry.readDoubleBE(0) };
  };
  return {
    get: (key) => Promise.resolve(entryOf(key)),
    put: (key, value, expected) =>
      committer.submit(value.length, ({ state }) => {
        if ((entryOf(key)?.revision ?? 0) !== expected) return { kind: 'moved' };
        state.revision += 1;
        const entry = Buffer.allocUnsafe(revisionBytes + value.length);
        entry.writeDoubleBE(state.revision, 0);
        entry.set(value, revisionBytes);
        store.values.putSync(key, entry);
        return { kind: 'stored', revision: state.revision };
      }),
    keys: (prefix) => Promise.resolve(keysWith(store.values, prefix)),
    delete: (key) =>
      committer.submit(0, () => {
        store.values.removeSync(key);
      }),
  };
}

/** A blob is one value, replaced in one commit. */
export function createEmbeddedBlobs(store: Store, committer: Committer<Draft>): Blobs {
  return {
    put: (name, data) =>
      committer.submit(data.length, () => {
        store.blobs.putSync(name, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      }),
    get: (name) => Promise.resolve(store.blobs.get(name)),
    list: (prefix) => Promise.resolve(keysWith(store.blobs, prefix)),
    delete: (name) =>
      committer.submit(0, () => {
        store.blobs.removeSync(name);
      }),
  };
}

function keysWith(table: Store['blobs'], prefix: string): string[] {
  return [...table.getKeys({ start: prefix, end: `${prefix}\u{10ffff}` })];
}
