import { Kvm } from '@nats-io/kv';
import type { KeyValue } from '../log.ts';
import type { Connection } from './connection.ts';
import { isMoved } from './errors.ts';
import { resize } from './streams.ts';

const bucket = 'weir';

/** The log's key-value: NATS's own, in the bucket `weir`, so that its tools can read it. */
export async function openJetStreamKeyValue(connection: Connection, maxBytes: number): Promise<KeyValue> {
  const { js, jsm } = connection;
  const stream = `KV_${bucket}`;
  const kv = await connection.ask('making the key-value bucket', async () => {
    await resize(jsm, stream, maxBytes);
    return new Kvm(js).create(bucket, { history: 1, max_bytes: maxBytes, replicas: 1 });
  });
  const prefix = `$KV.${bucket}.`;

  return {
    async get(key) {
      const entry = await connection.ask(`reading the key ${key}`, () => kv.get(key));
      return entry && entry.operation === 'PUT' ? { value: entry.value, revision: entry.revision } : undefined;
    },
    put: (key, value, expected) =>
      connection.ask(`storing the key ${key}`, async () => {
        try {
          const revision = await (expected === 0 ? kv.create(key, value) : kv.update(key, value, expected));
          return { kind: 'stored', revision };
        } catch (error) {
          if (isMoved(error)) return { kind: 'moved' };
          throw error;
        }
      }),
    keys: (start) =>
      connection.ask('listing keys', async () => {
        const { state } = await jsm.streams.info(stream, { subjects_filter: `${prefix}>` });
        const keys = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
        return keys.filter((key) => key.startsWith(start)).toSorted();
      }),
    // Not the bucket's own delete: that leaves a marker for every key there ever was. A revision is the sequence of its message.
    delete: (key, expected) =>
      connection.ask(`deleting the key ${key}`, async () => {
        // Of a key that is not there is nothing to delete; and up to the first message means all to the server.
        if (expected === 0) return;
        const filter = `${prefix}${key}`;
        await jsm.streams.purge(stream, expected === undefined ? { filter } : { filter, seq: expected + 1 });
      }),
  };
}
