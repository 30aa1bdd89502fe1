import { join } from 'node:path';
import { createClickHouseStore } from '../../../src/store/clickhouse/client.ts';
import { tableNames, type Store } from '../../../src/store/store.ts';
import { newFolder, removeFolder } from '../../support/folder.ts';

export interface NewStore {
  readonly store: Store;
  /** Takes all rows out, for the next round. */
  empty(): Promise<void>;
  discard(): Promise<void>;
}

/** The embedded ClickHouse, in a folder of its own: one for each process. */
export async function newStore(): Promise<NewStore> {
  const folder = newFolder();
  const store = await createClickHouseStore({ path: join(folder, 'clickhouse') });
  return {
    store,
    async empty() {
      for (const table of tableNames) await store.inquire(`TRUNCATE TABLE weir.${table}`);
    },
    async discard() {
      await store.close();
      removeFolder(folder);
    },
  };
}
