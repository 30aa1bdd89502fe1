import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import { describeLog } from '../conformance/log.ts';
import type { LogUnderTest } from '../conformance/setting.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { smallDefinitions, smallWork } from '../support/log.ts';
import { natsMissing, startNats } from '../support/nats.ts';

const missing = natsMissing();
if (missing === undefined) describeLog('JetStream', makeJetStream);
else describe.skip(`the log on JetStream (${missing})`, () => undefined);

async function makeJetStream(): Promise<LogUnderTest> {
  const root = newFolder();
  const dir = join(root, 'nats');
  const nats = await startNats({ dir });
  return {
    open: (definitions = smallDefinitions, work = smallWork) =>
      createJetStreamLog({
        url: nats.url,
        definitions,
        work,
        happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
      }),
    async save() {
      await nats.kill();
      cpSync(dir, join(root, 'saved'), { recursive: true });
      await nats.restart();
    },
    async restore() {
      await nats.kill();
      removeFolder(dir);
      cpSync(join(root, 'saved'), dir, { recursive: true });
      await nats.restart();
    },
    age: () => undefined,
    async dispose() {
      await nats.stop();
      removeFolder(root);
    },
  };
}
