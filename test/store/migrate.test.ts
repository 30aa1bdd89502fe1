import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts';
import type { Engine } from '../../src/store/clickhouse/engine.ts';
import { migrate, readMigrations, type Migration } from '../../src/store/clickhouse/migrate.ts';
import { newFolder, removeFolder } from '../support/folder.ts';

let engine: Engine;
let client: ClickHouseClient;
let folder: string;

beforeAll(async () => {
  folder = newFolder();
  engine = await openEmbedded(join(folder, 'clickhouse'));
  client = engine.writer;
});
afterAll(async () => {
  await engine.close();
  removeFolder(folder);
});

const one: Migration = {
  version: 1,
  name: 'one',
  sql: 'CREATE TABLE IF NOT EXISTS weir.one (a Int8) ENGINE = MergeTree ORDER BY a',
  checksum: 'a',
};
const two: Migration = {
  version: 2,
  name: 'two',
  sql: 'ALTER TABLE weir.one ADD COLUMN IF NOT EXISTS b Int8',
  checksum: 'b',
};

describe('migrations', () => {
  it('are applied in order, once each, and recorded', async () => {
    expect(await migrate(client, [one])).toEqual([1]);
    expect(await migrate(client, [one, two])).toEqual([2]);
    expect(await migrate(client, [one, two])).toEqual([]);
    await client.insert({ table: 'weir.one', values: [{ a: 1, b: 2 }], format: 'JSONEachRow' });
  });

  it('refuse one that was edited after it was applied', async () => {
    await expect(migrate(client, [{ ...one, checksum: 'other' }, two])).rejects.toThrow(
      /Migration 1 \(one\) was edited/,
    );
  });

  it('refuse tables that a newer weir has changed', async () => {
    await expect(migrate(client, [one])).rejects.toThrow(/The tables are at 2, and this weir knows 1/);
  });

  it('are files numbered without a gap', async () => {
    const files = join(folder, 'files');
    await mkdir(files);
    await writeFile(join(files, '0001_first.sql'), 'SELECT 1');
    expect(await readMigrations(files)).toMatchObject([{ version: 1, name: 'first', sql: 'SELECT 1' }]);
    await writeFile(join(files, '0003_third.sql'), 'SELECT 3');
    await expect(readMigrations(files)).rejects.toThrow(/0003_third.sql is not number 2/);
  });

  it('of weir itself are one statement each', async () => {
    for (const { sql } of await readMigrations()) {
      expect(sql.replaceAll(/'(?:[^']|'')*'/g, '')).not.toContain(';');
      expect(sql).toMatch(/^(CREATE TABLE IF NOT EXISTS|CREATE OR REPLACE VIEW|ALTER TABLE) weir\./);
    }
  });
});
