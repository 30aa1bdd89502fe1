import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { createApp } from '../../../src/app.ts';
import { startNats } from '../../support/nats.ts';
import { companies, configFor } from './company.ts';
import { newFolder, removeFolder } from '../../support/folder.ts';
import type { LogKind } from './log.ts';
import type { Runner } from './process.ts';

export type AskDaemon =
  | 'port' // where it listens
  | 'settled' // resolves when all that was accepted is in ClickHouse, and all alerts of it are on the log
  | 'memory'; // collects garbage first, where that is allowed

export interface DaemonAnswer {
  readonly port: number;
  readonly heapMb: number;
  /** Memory of the process that is no file's. */
  readonly anonymousMb: number;
  /** Events that were scored since the start. */
  readonly scores: number;
}

const settleMs = 50;

/** The whole daemon, its data in a folder of its own, taking what the companies' providers send. */
export async function createDaemon({ kind }: { readonly kind: LogKind }): Promise<Runner<AskDaemon, DaemonAnswer>> {
  const folder = newFolder();
  const nats = kind === 'jetstream' ? await startNats() : undefined;
  const config = configFor(companies(1), {
    data: folder,
    http: { port: 0 },
    pipeline: { idleTimers: false },
    ...(nats && { log: { url: nats.url } }),
  });
  const app = createApp(config, { logger: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })) });
  await app.start();
  const port = Number(new URL(app.address).port);
  return {
    async run(ask) {
      if (ask === 'settled') await settled();
      if (ask === 'memory') global.gc?.();
      const { scores } = await app.figures();
      return { port, scores, ...memory() };
    },
    async stop() {
      await app.stop();
      await nats?.stop();
      removeFolder(folder);
    },
  };

  async function settled(): Promise<void> {
    for (let now = await app.figures(); now.law.pending > 0 || now.unread > 0; now = await app.figures()) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
    }
  }
}

/** Anonymous memory alone, where the system tells: the pages of the log's and ClickHouse's files come and go as it likes. */
export function memory(pid: number | 'self' = 'self'): { readonly heapMb: number; readonly anonymousMb: number } {
  const heapMb = process.memoryUsage().heapUsed / 1024 ** 2;
  return { heapMb, anonymousMb: statusOf(pid, 'RssAnon') ?? process.memoryUsage().rss / 1024 ** 2 };
}

/** A line of the process's status in MB; undefined where the system has none. */
export function statusOf(pid: number | 'self', name: 'RssAnon' | 'VmRSS'): number | undefined {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line ? Number(line[1]) / 1024 : undefined;
  } catch {
    return undefined;
  }
}
