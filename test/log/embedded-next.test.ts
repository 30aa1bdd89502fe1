import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { smallDefinitions } from '../support/log.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const data = Buffer.from('x');

test('what a subject has further is known without a look at what others wrote since', async () => {
  const path = newFolder();
  undo.push(() => removeFolder(path));
  const log = await createEmbeddedLog({
    path,
    definitions: smallDefinitions,
    clock: { now: () => Date.parse('2026-03-02T09:00:00Z') },
    happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
  });
  undo.push(() => log.close());
  const mine = 'weir.alerts.acme.mine';
  await log.append({ stream: 'ALERTS', subject: mine, data });
  for (let other = 0; other < 300; other += 1) {
    await log.append({ stream: 'ALERTS', subject: `weir.alerts.acme.other${other}`, data });
  }
  /** Turns of the event loop that others get meanwhile: one for so much that is looked through. */
  const turnsFor = async (subject: string, after: number) => {
    const looking = { over: false, turns: 0 };
    const next = log.next('ALERTS', subject, after).finally(() => (looking.over = true));
    for (; !looking.over; looking.turns += 1) await nextTurn();
    return { sequence: (await next)?.sequence, turns: looking.turns };
  };
  expect(await turnsFor(mine, 0)).toMatchObject({ sequence: 1 });
  const [behind, unknown] = [await turnsFor(mine, 1), await turnsFor('weir.alerts.acme.unknown', 0)];
  expect(behind.sequence ?? unknown.sequence).toBeUndefined();
  expect(Math.max(behind.turns, unknown.turns)).toBeLessThan(3);
  expect(await turnsFor('weir.alerts.acme.other299', 0)).toMatchObject({ sequence: 301 });
});
