import { onTestFinished } from 'vitest';
import { createArchive, type Archive, type ArchiveDeps } from '../../src/store/clickhouse/archive.ts';
import { createMemoryLog } from './memory-log.ts';
import { inlineRewriter as rewriter } from './rewriter.ts';
import { notedArchive } from './store.ts';
import { createStoreDouble } from './store-double.ts';
import { until } from './until.ts';

export const start = Date.parse('2026-03-01T10:00:00Z');

/** An archive over a log and a store in memory, on a clock that only waiting moves. */
export function aWorld() {
  let now = start;
  const clock = { now: () => now };
  const log = createMemoryLog(clock);
  const store = createStoreDouble(clock);
  const { happened, notes } = notedArchive();
  const wait: ArchiveDeps['wait'] = async (ms) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const begin = async (owner: string, given: Partial<ArchiveDeps> = {}) => {
    const limits = { maxAgeMs: 5 };
    const archive = createArchive({
      log,
      store,
      rewriter,
      clock,
      happened,
      owner,
      wait,
      limits,
      drainMs: 300,
      ...given,
    });
    onTestFinished(() => archive.stop());
    await archive.start();
    return archive;
  };
  const told = (name: string) => notes.filter((note) => note.name === name).map(({ args }) => args);
  const tick = (ms: number) => {
    now += ms;
  };
  return { log, store, clock, notes, told, begin, tick };
}

export const reached = (archive: Archive, sequence: number) =>
  until(() => archive.account('EVENTS')?.position.sequence === sequence);

export const idsInserted = ({ insertions }: Pick<ReturnType<typeof createStoreDouble>, 'insertions'>) =>
  insertions.map(({ rows }) => rows.map(({ id }) => id));
