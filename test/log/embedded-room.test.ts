import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { smallDefinitions } from '../support/log.ts';
import { until } from '../support/until.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

test('the file is longer than what is in it, and all that is appended meanwhile is there', async () => {
  const path = newFolder();
  undo.push(() => removeFolder(path));
  const open = () =>
    createEmbeddedLog({
      path,
      definitions: smallDefinitions,
      clock: { now: () => Date.parse('2026-03-02T09:00:00Z') },
      happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
    });
  const log = await open();
  undo.push(() => log.close());
  const length = () => statSync(join(path, 'data.mdb')).size;
  const bodyOf = (index: number) => Buffer.alloc(20_000, index % 251);

  let appended = 0;
  const append = () =>
    log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.gong', data: bodyOf((appended += 1)) });
  await until('the file has room for twice as much', async () => {
    await append();
    return length() > 2 * appended * 20_000 && appended > 200;
  });
  await log.close();

  const again = await open();
  undo.push(() => again.close());
  for (let sequence = 1; sequence <= appended; sequence += 1) {
    const message = await again.at('EVENTS', sequence);
    expect(message && bodyOf(sequence).equals(message.data)).toBe(true);
  }
});
