import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { createClickHouseStore } from '../../src/store/clickhouse/client.ts';
import { newFolder } from '../support/folder.ts';
import { anEvent } from '../support/store.ts';

const path = newFolder();

const batch = Buffer.from(
  [0, 1, 2]
    .map((month) => ({
      ...anEvent({ id: `e${month}`, time: new Date(Date.UTC(2026, month)).toISOString() }),
      storedAt: 1,
    }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join(''),
);

it('what a kill kept from appearing is there when it is inserted again', async () => {
  const first = await createClickHouseStore({ path });
  expect(await first.insert('events', batch)).toEqual({ kind: 'stored' });
  const [part] = z
    .array(z.object({ path: z.string() }))
    .parse(
      await first.inquire("SELECT path FROM system.parts WHERE table = 'events' AND partition = '202602' AND active"),
    );
  await first.close();
  // ClickHouse writes what it notes of a part first, and gives the part its name last: this is what a kill between the two leaves.
  await rm(part?.path ?? '', { recursive: true });

  const next = await createClickHouseStore({ path });
  const ids = () => next.inquire('SELECT id FROM weir.events FINAL ORDER BY id');
  expect(await ids()).toEqual([{ id: 'e0' }, { id: 'e2' }]);
  expect(await next.insert('events', batch)).toEqual({ kind: 'stored' });
  expect(await ids()).toEqual([{ id: 'e0' }, { id: 'e1' }, { id: 'e2' }]);
  await next.close();
});
