import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { LogUnderTest } from '../conformance/setting.ts';
import { newFolder, removeFolder } from './folder.ts';
import { smallDefinitions, smallWork } from './log.ts';

/** The embedded log in a folder of its own, with a clock that `age` moves. */
export async function makeEmbedded(): Promise<LogUnderTest> {
  const root = newFolder();
  const path = join(root, 'log');
  let now = Date.parse('2026-03-02T09:00:00Z');
  return {
    open: (definitions = smallDefinitions, work = smallWork) =>
      createEmbeddedLog({
        path,
        definitions,
        work,
        clock: { now: () => now },
        happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
      }),
    async save() {
      cpSync(path, join(root, 'saved'), { recursive: true });
    },
    async restore() {
      removeFolder(path);
      cpSync(join(root, 'saved'), path, { recursive: true });
    },
    age(ms) {
      now += ms;
    },
    async dispose() {
      removeFolder(root);
    },
  };
}
