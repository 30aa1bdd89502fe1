import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { Finding, Path } from '../../config/document.ts';
import type { Linted } from '../../config/lint.ts';
import { redactUrl } from '../../config/redact.ts';
import { messageOf } from '../../core/errors.ts';
import { demandPayload, natsOptions } from '../../log/jetstream/connection.ts';
import type { Checked } from '../commands/check.ts';

const answerWithinMs = 3_000;

/** Whether what the configuration names answers: the log, the store, the key set; else whether the data can be kept. */
export async function checkConnections({ config, places }: Linted): Promise<Checked> {
  const { log, store, auth, data } = config;
  const tries: readonly (readonly [path: Path, what: string, work: (() => Promise<void>) | undefined])[] = [
    [['log', 'url'], 'NATS', log.url === undefined ? undefined : () => askNats(log.url ?? '')],
    [['store', 'url'], 'ClickHouse', store.url === undefined ? undefined : () => askClickHouse(store.url ?? '')],
    [['auth', 'jwks'], 'the key set', auth.jwks?.startsWith('http') ? () => askKeySet(auth.jwks ?? '') : undefined],
    [['data'], 'the data folder', log.url && store.url ? undefined : async () => writable(data)],
  ];
  const wanted = tries.flatMap(([path, what, work]) => (work ? [{ path, what, work }] : []));
  const findings = await Promise.all(
    wanted.map(async ({ path, what, work }): Promise<readonly Finding[]> => {
      try {
        await work();
        return [];
      } catch (error) {
        const message = `${path.join('.')}: ${what} cannot be used: ${redactUrl(messageOf(error))}`;
        return [{ ...places.get(path), severity: 'error', message }];
      }
    }),
  );
  return { what: wanted.map(({ what }) => what).join(', '), findings: findings.flat() };
}

async function askNats(url: string): Promise<void> {
  const connection = await connect({ ...natsOptions(url), timeout: answerWithinMs, reconnect: false });
  try {
    demandPayload(connection);
    await (await jetstreamManager(connection, { timeout: answerWithinMs })).getAccountInfo();
  } finally {
    await connection.close();
  }
}

async function askClickHouse(url: string): Promise<void> {
  const client = createClient({ url, request_timeout: answerWithinMs, log: { level: ClickHouseLogLevel.OFF } });
  try {
    const answer = await client.ping({ select: true });
    if (!answer.success) throw answer.error;
  } finally {
    await client.close();
  }
}

async function askKeySet(url: string): Promise<void> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const { keys }: { keys?: unknown } = JSON.parse(await answer.text());
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('it holds no keys');
}

/** The folder itself is made at the first start; what it is made in must be there and be ours. */
function writable(folder: string): void {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  accessSync(nearest, constants.W_OK);
}
