import { expect, onTestFinished, test } from 'vitest';
import { openEmbedded } from '../../src/store/clickhouse/embedded.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';

/** Minutes of work, were it not cancelled. */
const long = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) % 7 = 3';

test('who closes waits for no question: those that are asked are cancelled, and those that wait are not begun', async () => {
  const folder = newFolder();
  onTestFinished(() => removeFolder(folder));
  const engine = await openEmbedded(folder);
  await engine.writer.command({ query: 'CREATE DATABASE IF NOT EXISTS weir' });
  const signal = new AbortController().signal;
  const readers = await Promise.all([1, 2, 3].map(() => engine.reader({ max_execution_time: 600 })));
  // The engine is in this process until the last connection to it is closed.
  onTestFinished(async () => {
    for (const reader of readers) await reader.close();
  });
  const asked = Promise.allSettled(readers.map((reader) => reader.run(long, 'JSONEachRow', {}, signal)));
  const running = "SELECT count() AS n FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers%'";
  await until('two are asked', async () => {
    const found = await engine.writer.query({ query: running, format: 'JSONEachRow' });
    return Number((await found.json<{ n: string }>())[0]?.n) === 2;
  });
  await engine.close();
  const why = (await asked).map((each) => (each.status === 'rejected' ? String(each.reason) : 'answered'));
  expect(why.toSorted()).toEqual([
    expect.stringContaining('cancelled'),
    expect.stringContaining('cancelled'),
    expect.stringContaining('being closed'),
  ]);
});
