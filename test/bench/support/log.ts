import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.ts';
import { createEmbeddedLog } from '../../../src/log/embedded.ts';
import { createJetStreamLog } from '../../../src/log/jetstream.ts';
import type { Log } from '../../../src/log/log.ts';
import { streamDefinitions } from '../../../src/log/streams.ts';
import { newFolder, removeFolder } from '../../support/folder.ts';
import { natsMissing, startNats } from '../../support/nats.ts';

export const logKinds = ['embedded', 'jetstream'] as const;
export type LogKind = (typeof logKinds)[number];

/** Why figures with this log cannot be taken here; undefined where they can. */
export const missing = (kind: LogKind): string | undefined => (kind === 'jetstream' ? natsMissing() : undefined);

export interface NewLog {
  readonly log: Log;
  /** Closes it and removes all of it. */
  discard(): Promise<void>;
}

/** A log with nothing in it, in a folder of its own; JetStream with a server of its own. */
export async function newLog(kind: LogKind): Promise<NewLog> {
  const happened = { logDisconnected: complain, logReconnected: () => undefined };
  const definitions = streamDefinitions();
  if (kind === 'jetstream') {
    const nats = await startNats();
    const log = await createJetStreamLog({ url: nats.url, definitions, happened });
    return { log, discard: () => log.close().then(() => nats.stop()) };
  }
  const folder = newFolder();
  const log = await createEmbeddedLog({ path: join(folder, 'log'), definitions, clock: systemClock, happened });
  return { log, discard: () => log.close().then(() => removeFolder(folder)) };
}

const complain = (reason: string) => console.error(`The log: ${reason}`);
