import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { LogUnderTest } from '../conformance/setting.ts';
import { smallDefinitions, smallWork } from './log.ts';

/** The embedded log in a folder of its own, with a clock that `age` moves. */
export async function makeEmbedded(): Promise<LogUnderTest> {
  const root = mkdtempSync(join(tmpdir(), 'weir-log-'));
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
      rmSync(path, { recursive: true });
      cpSync(join(root, 'saved'), path, { recursive: true });
    },
    age(ms) {
      now += ms;
    },
    async dispose() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
