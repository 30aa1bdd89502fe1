import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { messageOf, WeirError } from '../../core/errors.ts';
import { duplicateWindowMs, type StreamDefinition } from '../streams.ts';
import { apiCode, hasApiCode } from './errors.ts';

type Wanted = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>;

/** Makes the stream, or brings the one that is there to what is wanted. */
export function ensureStream(jsm: JetStreamManager, definition: StreamDefinition): Promise<void> {
  return ensure(jsm, {
    name: definition.name,
    subjects: [...definition.subjects],
    max_bytes: definition.maxBytes,
    max_age: nanos(definition.maxAgeMs),
    duplicate_window: nanos(Math.min(duplicateWindowMs, definition.maxAgeMs)),
  });
}

/** An item leaves it when it is done. */
export function ensureWorkStream(jsm: JetStreamManager, maxBytes: number): Promise<void> {
  return ensure(jsm, {
    name: workStream,
    subjects: ['weir.work.*'],
    max_bytes: maxBytes,
    duplicate_window: nanos(duplicateWindowMs),
    retention: RetentionPolicy.Workqueue,
  });
}

export const workStream = 'WORK';

export const blobsStream = 'WEIR_BLOBS';

export function ensureBlobsStream(jsm: JetStreamManager, maxBytes: number): Promise<void> {
  return ensure(jsm, {
    name: blobsStream,
    subjects: ['weir.blobs.>'],
    max_bytes: maxBytes,
    allow_rollup_hdrs: true,
  });
}

/** Brings a stream that somebody else makes to that size, where it is there already. */
export async function resize(jsm: JetStreamManager, name: string, maxBytes: number): Promise<void> {
  const existing = await configOf(jsm, name);
  if (existing && existing.max_bytes !== maxBytes) await jsm.streams.update(name, { max_bytes: maxBytes });
}

async function ensure(jsm: JetStreamManager, wanted: Wanted): Promise<void> {
  const config = {
    retention: RetentionPolicy.Limits,
    ...wanted,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    num_replicas: 1,
    allow_direct: true,
  };
  const existing = await configOf(jsm, wanted.name);
  const objection = existing && objectionTo(existing, config.retention);
  if (objection) throw new WeirError('config-invalid', `the stream ${wanted.name} cannot be used: ${objection}`);
  try {
    if (!existing) await jsm.streams.add(config);
    else if (differs(existing, config)) await jsm.streams.update(wanted.name, config);
  } catch (error) {
    // What the server did not answer says nothing of the configuration.
    if (!(error instanceof JetStreamApiError)) throw error;
    throw new WeirError(
      'config-invalid',
      `the stream ${wanted.name} cannot be made as configured: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function configOf(jsm: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await jsm.streams.info(name)).config;
  } catch (error) {
    if (hasApiCode(error, apiCode.streamNotFound)) return undefined;
    throw error;
  }
}

/**
 * Why weir's promises would not hold on a stream that is there already; undefined where they do. On a clustered server
 * the check of a subject's last sequence was not safe before nats-server PR 5794 (2024), and what is in memory alone
 * does not survive the server.
 */
export function objectionTo(
  config: Pick<StreamConfig, 'num_replicas' | 'storage' | 'retention'>,
  retention: RetentionPolicy = RetentionPolicy.Limits,
): string | undefined {
  if (config.num_replicas > 1) return `it has num_replicas ${config.num_replicas}; the fences need 1`;
  if (config.storage !== StorageType.File) return 'it is kept in memory, not in files';
  if (config.retention !== retention) return `its retention is ${config.retention}, not ${retention}`;
  return undefined;
}

function differs(existing: StreamConfig, wanted: Wanted): boolean {
  const given = new Map<string, unknown>(Object.entries(existing));
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(given.get(key)) !== JSON.stringify(value));
}
