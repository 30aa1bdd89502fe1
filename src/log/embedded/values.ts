import type { Blobs, KeyValue } from '../log.ts';
import { checkName } from '../limits.ts';
import type { Committer } from './commit.ts';
import type { Draft } from './draft.ts';
import type { Store } from './store.ts';

const revisionBytes = 8;

export function createEmbeddedKeyValue(store: Store, committer: Committer<Draft>): KeyValue {
  const entryOf = (key: string) => {
    const entry = store.values.get(key);
    return entry && { value: entry.subarray(revisionBytes), revision: entry.readDoubleBE(0) };
  };
  const revisionOf = ({ revisions }: Draft, key: string): number => revisions.get(key) ?? entryOf(key)?.revision ?? 0;
  return {
    get: (key) => Promise.resolve(entryOf(key)),
    put: (key, value, expected) =>
      committer.submit(value.length, (draft) => {
        if (revisionOf(draft, checkName(key)) !== expected) return { kind: 'moved' };
        const { state, revisions, writes } = draft;
        state.revision += 1;
        const entry = Buffer.allocUnsafe(revisionBytes + value.length);
        entry.writeDoubleBE(state.revision, 0);
        entry.set(value, revisionBytes);
        revisions.set(key, state.revision);
        writes.push(() => store.values.put(key, entry));
        return { kind: 'stored', revision: state.revision };
      }),
    keys: (prefix) => Promise.resolve(keysWith(store.values, prefix)),
    delete: (key, expected) =>
      committer.submit(0, (draft) => {
        const { revisions, writes } = draft;
        if (expected !== undefined && revisionOf(draft, checkName(key)) !== expected) return;
        revisions.set(checkName(key), 0);
        writes.push(() => store.values.remove(key));
      }),
  };
}

/** A blob is one value, replaced in one commit. */
export function createEmbeddedBlobs(store: Store, committer: Committer<Draft>): Blobs {
  return {
    put: (name, data) =>
      committer.submit(data.length, ({ writes }) => {
        checkName(name);
        writes.push(() => store.blobs.put(name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
      }),
    get: (name) => Promise.resolve(store.blobs.get(name)),
    list: (prefix) => Promise.resolve(keysWith(store.blobs, prefix)),
    delete: (name) =>
      committer.submit(0, ({ writes }) => {
        checkName(name);
        writes.push(() => store.blobs.remove(name));
      }),
  };
}

function keysWith(table: Store['blobs'], prefix: string): string[] {
  return [...table.getKeys({ start: prefix, end: `${prefix}\u{10ffff}` })];
}
