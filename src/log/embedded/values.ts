import type { Blobs, KeyValue } from '../log.ts';
import type { Committer } from './commit.ts';
import type { Draft, Entry } from './draft.ts';
import type { Store } from './store.ts';

const revisionBytes = 8;

export function createEmbeddedKeyValue(store: Store, committer: Committer<Draft>): KeyValue {
  const committed = (key: string): Entry | undefined => {
    const entry = store.values.get(key);
    return entry && { value: entry.subarray(revisionBytes), revision: entry.readDoubleBE(0) };
  };
  const entryOf = ({ values }: Draft, key: string) => (values.has(key) ? values.get(key) : committed(key));
  return {
    get: (key) => Promise.resolve(committed(key)),
    put: (key, value, expected) =>
      committer.submit(value.length, (draft) => {
        if ((entryOf(draft, key)?.revision ?? 0) !== expected) return { kind: 'moved' };
        const { state, values, writes } = draft;
        state.revision += 1;
        const entry = Buffer.allocUnsafe(revisionBytes + value.length);
        entry.writeDoubleBE(state.revision, 0);
        entry.set(value, revisionBytes);
        values.set(key, { value, revision: state.revision });
        writes.push(() => store.values.put(key, entry));
        return { kind: 'stored', revision: state.revision };
      }),
    keys: (prefix) => Promise.resolve(keysWith(store.values, prefix)),
    delete: (key) =>
      committer.submit(0, ({ values, writes }) => {
        values.set(key, undefined);
        writes.push(() => store.values.remove(key));
      }),
  };
}

/** A blob is one value, replaced in one commit. */
export function createEmbeddedBlobs(store: Store, committer: Committer<Draft>): Blobs {
  return {
    put: (name, data) =>
      committer.submit(data.length, ({ writes }) => {
        writes.push(() => store.blobs.put(name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
      }),
    get: (name) => Promise.resolve(store.blobs.get(name)),
    list: (prefix) => Promise.resolve(keysWith(store.blobs, prefix)),
    delete: (name) =>
      committer.submit(0, ({ writes }) => {
        writes.push(() => store.blobs.remove(name));
      }),
  };
}

function keysWith(table: Store['blobs'], prefix: string): string[] {
  return [...table.getKeys({ start: prefix, end: `${prefix}\u{10ffff}` })];
}
