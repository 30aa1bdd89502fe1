import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pipeline } from '../../../src/pipeline/define.ts';
import { thawed } from '../../../src/pipeline/frozen.ts';
import { createSnapshots } from '../../../src/pipeline/snapshot.ts';
import { cellsOf, type Cell } from '../../../src/pipeline/cell.ts';
import { createState, defaultLimits, type StateStore } from '../../../src/pipeline/state.ts';
import { alternate, median } from '../support/alternate.ts';
import type { Bench, Measure, Row } from '../support/figure.ts';
import { newFolder, removeFolder } from '../../support/folder.ts';
import { newLog, type NewLog } from '../support/log.ts';
import { inOwnProcess, type Runner } from '../support/process.ts';
import { itsParts } from '../support/work-off.ts';
import { entitiesAfter } from './entities.ts';

/** Snapshots as the runtime writes and reads them, on the embedded log. */
export const measureCheckpoint: Measure = async (bench) => [
  ...(await measureKeys(100_000, bench, 5)),
  ...(await measureKeys(1_000_000, bench)),
];

/** More of a million would take longer than all else. */
const roundsOfMany = 2;
const many = 1_000_000;

async function measureKeys(keysMax: number, bench: Bench, restoredBelow?: number): Promise<readonly Row[]> {
  const keys = Math.round(keysMax * bench.scale);
  const rounds = keysMax >= many ? Math.min(bench.rounds, roundsOfMany) : bench.rounds;
  const told = keys.toLocaleString('en-US');
  // A heap for a million entities, read and written.
  const runner = await inOwnProcess(import.meta.url, createKeys, { keys }, ['--max-old-space-size=12000']);
  const figures = await alternate<Turn, number>(
    turns.map((turn) => [turn, () => runner.run(turn)] as const),
    { rounds },
    (text) => bench.progress(`${told} keys: ${text}`),
  );
  const megabytes = (await runner.run('bytes')) / 1e6;
  await runner.stop();
  const row = (what: string, turn: Turn, is: string, bare: Turn) => ({
    what: `${what} ${told} keys`,
    unit: 's',
    weir: median(figures(turn)),
    bare: { is, value: median(figures(bare)) },
    note: `${megabytes.toFixed(0)} MB`,
  });
  return [
    row('checkpoint of', 'checkpoint', 'JSON.stringify, write, fsync', 'write'),
    {
      ...row('restore of', 'restore', 'read, JSON.parse', 'read'),
      ...(restoredBelow !== undefined && { target: { of: 'weir', below: restoredBelow } as const }),
    },
  ];
}

const turns = ['checkpoint', 'restore', 'write', 'read'] as const;
type Turn = (typeof turns)[number];

const partitions = 8;
/** Events of the stretch that cells are taken from. */
const eventsForCells = 10_000;

/** Keys are entities of one cell each, and the cells those that all pipelines leave behind. Answers seconds, or bytes. */
export async function createKeys({ keys }: { readonly keys: number }): Promise<Runner<Turn | 'bytes', number>> {
  const { pipelines } = await itsParts();
  const cells = (await entitiesAfter(eventsForCells)).flatMap((entity) => thawed(entity.cells));
  const stores = Array.from({ length: partitions }, (_, partition) =>
    filled(partition, Math.ceil(keys / partitions), cells),
  );
  const folder = newFolder();
  let kept: NewLog | undefined;
  let bytes = 0;
  const work: Readonly<Record<Turn, () => Promise<void>>> = {
    checkpoint: async () => {
      bytes = await checkpoint(kept, stores, pipelines);
    },
    restore: () => restore(kept, pipelines, keys),
    write: () => write(folder, stores),
    read: () => read(folder),
  };
  return {
    async run(turn) {
      if (turn === 'bytes') return bytes;
      if (turn === 'checkpoint') {
        await kept?.discard();
        kept = await newLog('embedded');
        await kept.log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data: Buffer.from('{}') });
      }
      const began = performance.now();
      await work[turn]();
      return (performance.now() - began) / 1_000;
    },
    async stop() {
      await kept?.discard();
      removeFolder(folder);
    },
  };
}

function filled(partition: number, keys: number, cells: readonly Cell[]): StateStore {
  const store = createState({ ...defaultLimits, maxEntities: keys });
  const at = Date.UTC(2026, 0, 1);
  for (let key = 0; key < keys; key++) {
    const cell = cells[key % cells.length];
    if (!cell) throw new RangeError('the pipelines left no cells');
    const entity = store.touch('acme', `account:${partition}-${key}`, 1, at);
    entity.clock = at;
    store.put(entity, cellsOf(cell.pipeline, cell.operator), cell.key, { ...cell, expiresAt: at * 2 });
  }
  return store;
}

/** No models, and nothing set. */
const nothing = { all: () => [] };

async function checkpoint(
  made: NewLog | undefined,
  stores: readonly StateStore[],
  pipelines: readonly Pipeline[],
): Promise<number> {
  if (!made) throw new Error('there is no log');
  const { created } = await made.log.info('EVENTS');
  const storedAt = (await made.log.at('EVENTS', 1))?.storedAt ?? 0;
  let bytes = 0;
  for (const [partition, store] of stores.entries()) {
    const snapshots = createSnapshots(made.log, partition, pipelines);
    bytes += await snapshots.begin(store, nothing, nothing, { created, sequence: 1, storedAt })();
  }
  return bytes;
}

async function restore(made: NewLog | undefined, pipelines: readonly Pipeline[], keys: number): Promise<void> {
  if (!made) throw new Error('there is no log');
  let restored = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const { snapshot } = await createSnapshots(made.log, partition, pipelines).load();
    const store = createState({ ...defaultLimits, maxEntities: keys });
    store.restore(snapshot?.state ?? []);
    restored += store.size;
  }
  if (restored < keys) throw new Error(`${restored} of ${keys} keys were restored`);
}

async function write(folder: string, stores: readonly StateStore[]): Promise<void> {
  for (const [partition, store] of stores.entries()) {
    const { buckets, take } = store.beginSnapshot({ all: true });
    const file = await open(join(folder, String(partition)), 'w');
    for (const bucket of buckets) await file.write(`${JSON.stringify([...take(bucket)])}\n`);
    await file.sync();
    await file.close();
  }
}

async function read(folder: string): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const text = await readFile(join(folder, String(partition)), 'utf8');
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  }
}
