import { randomUUID } from 'node:crypto';
import { JetStreamApiError } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { z } from 'zod';
import { WeirError } from '../../core/errors.ts';
import type { Blobs } from '../log.ts';
import type { Connection } from './connection.ts';
import { isMoved } from './errors.ts';
import { blobsStream } from './streams.ts';

/** What the name's own message says: which chunks make the blob up, by their sequences. */
const manifestSchema = z.object({ id: z.string(), size: z.number(), chunks: z.array(z.number()) });
type Manifest = z.infer<typeof manifestSchema>;

const chunkBytes = 512 * 1024;
/** Chunks under way at once. */
const chunksAtOnce = 4;
/** How often a reader begins again because the blob was replaced under it, or a writer because another was faster. */
const attemptsMax = 10;

/**
 * Blobs in chunks: first the chunks under a name of their own, then one message that names them, which replaces the
 * last one; then the chunks it named are purged. A reader that finds chunks purged reads the name again.
 */
export function createJetStreamBlobs(connection: Connection): Blobs {
  const { js, jsm } = connection;

  async function manifestOf(name: string): Promise<{ manifest: Manifest; revision: number } | undefined> {
    const message = await jsm.direct.getMessage(blobsStream, { last_by_subj: nameSubject(name) });
    if (!message) return undefined;
    return { manifest: manifestSchema.parse(message.json()), revision: message.seq };
  }

  async function putChunks(id: string, data: Uint8Array): Promise<number[]> {
    const starts = Array.from({ length: Math.ceil(data.length / chunkBytes) }, (_, index) => index * chunkBytes);
    return inSlices(starts, async (start) => {
      const ack = await js.publish(`weir.blobs.chunk.${id}`, data.subarray(start, start + chunkBytes));
      return ack.seq;
    });
  }

  /** Puts the new manifest in the place of the one that is there now, and says which that was. */
  async function replaceManifest(name: string, manifest: Manifest): Promise<Manifest | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const current = await manifestOf(name);
      const rollup = headers();
      rollup.set('Nats-Rollup', 'sub');
      try {
        await js.publish(nameSubject(name), JSON.stringify(manifest), {
          headers: rollup,
          expect: { lastSubjectSequence: current?.revision ?? 0 },
        });
        return current?.manifest;
      } catch (error) {
        if (!isMoved(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  const purgeChunks = (id: string) => jsm.streams.purge(blobsStream, { filter: `weir.blobs.chunk.${id}` });

  async function read(name: string): Promise<Uint8Array | undefined> {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const found = await manifestOf(name);
      if (!found) return undefined;
      const chunks = await inSlices(found.manifest.chunks, (seq) => jsm.direct.getMessage(blobsStream, { seq }));
      const data = Buffer.concat(chunks.flatMap((chunk) => (chunk ? [chunk.data] : [])));
      if (data.length === found.manifest.size) return data;
    }
    throw new WeirError('log-unavailable', `the blob ${name} was replaced ${attemptsMax} times while it was read`);
  }

  return {
    put: (name, data) =>
      connection.ask(`storing the blob ${name}`, async () => {
        const id = randomUUID();
        try {
          const replaced = await replaceManifest(name, { id, size: data.length, chunks: await putChunks(id, data) });
          if (replaced) await purgeChunks(replaced.id);
        } catch (error) {
          // The server refused a part: what went before it would lie there for ever.
          if (error instanceof JetStreamApiError) await purgeChunks(id);
          throw error;
        }
      }),
    get: (name) => connection.ask(`reading the blob ${name}`, () => read(name)),
    list: (prefix) =>
      connection.ask('listing blobs', async () => {
        const { state } = await jsm.streams.info(blobsStream, { subjects_filter: 'weir.blobs.name.*' });
        const names = Object.keys(state.subjects ?? {}).map(nameOfSubject);
        return names.filter((name) => name.startsWith(prefix)).toSorted();
      }),
    delete: (name) =>
      connection.ask(`deleting the blob ${name}`, async () => {
        const found = await manifestOf(name);
        await jsm.streams.purge(blobsStream, { filter: nameSubject(name) });
        if (found) await purgeChunks(found.manifest.id);
      }),
  };
}

/** A name may hold dots, and a subject's token may not. */
function nameSubject(name: string): string {
  return `weir.blobs.name.${Buffer.from(name).toString('base64url')}`;
}

function nameOfSubject(subject: string): string {
  return Buffer.from(subject.slice(subject.lastIndexOf('.') + 1), 'base64url').toString();
}

async function inSlices<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += chunksAtOnce) {
    results.push(...(await Promise.all(items.slice(start, start + chunksAtOnce).map(work))));
  }
  return results;
}
