import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { WeirError } from '../../core/errors.ts';

/** A numbered change of the tables: one statement, applied once, never edited afterwards. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Brings the tables forward to what `schemas/clickhouse/` says and records each step in `weir.schema_migrations`. Statements say
 * `IF NOT EXISTS` or `OR REPLACE`, so one that was applied and not recorded is applied again. Answers with the versions applied now.
 */
export async function migrate(client: ClickHouseClient, migrations?: readonly Migration[]): Promise<readonly number[]> {
  const wanted = migrations ?? (await readMigrations());
  for (const query of foundation) await client.command({ query });
  const applied = await appliedIn(client);
  const last = wanted.at(-1)?.version ?? 0;
  for (const [version, checksum] of applied) {
    const known = wanted.find((each) => each.version === version);
    if (!known && version > last)
      throw mismatch(`The tables are at ${version}, and this weir knows ${last}: it is older.`);
    if (known && known.checksum !== checksum)
      throw mismatch(`Migration ${version} (${known.name}) was edited after it was applied.`);
  }
  const missing = wanted.filter(({ version }) => !applied.has(version));
  for (const { version, name, sql, checksum } of missing) {
    await client.command({ query: sql });
    await client.insert({
      table: 'weir.schema_migrations',
      values: [{ version, name, checksum }],
      format: 'JSONEachRow',
    });
  }
  return missing.map(({ version }) => version);
}

const foundation = [
  `CREATE DATABASE IF NOT EXISTS weir COMMENT 'What weir has seen, scored and said'`,
  `CREATE TABLE IF NOT EXISTS weir.schema_migrations (
    version UInt32 COMMENT 'Number of the migration',
    name String COMMENT 'Its file, without the number',
    checksum String COMMENT 'SHA-256 of its text',
    appliedAt DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied'
  ) ENGINE = ReplacingMergeTree ORDER BY version COMMENT 'Which migrations were applied'`,
];

const appliedSchema = z.array(z.object({ version: z.number(), checksum: z.string() }));

async function appliedIn(client: ClickHouseClient): Promise<ReadonlyMap<number, string>> {
  const result = await client.query({
    query: 'SELECT version, checksum FROM weir.schema_migrations FINAL ORDER BY version',
    format: 'JSONEachRow',
  });
  return new Map(appliedSchema.parse(await result.json()).map(({ version, checksum }) => [version, checksum]));
}

/** The files of `schemas/clickhouse/`, in order. Rejects where two have one number or one is missing. */
export async function readMigrations(
  folder = join(packageRoot(), 'schemas', 'clickhouse'),
): Promise<readonly Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const match = /^(\d{4})_([a-z_]+)\.sql$/.exec(file);
      if (Number(match?.[1]) !== index + 1)
        throw mismatch(`${file} is not number ${index + 1}, named like 0001_events.sql.`);
      const sql = await readFile(join(folder, file), 'utf8');
      return { version: index + 1, name: match?.[2] ?? '', sql, checksum: hash('sha256', sql) };
    }),
  );
}

/** The compiler does not copy SQL to `dist/`: both find it beside the package. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw mismatch('The folder schemas/clickhouse is not beside the program.');
    folder = above;
  }
  return folder;
}

function mismatch(detail: string): WeirError {
  return new WeirError('config-invalid', detail);
}
