import { MessageChannel } from 'node:worker_threads';
import type { Log } from '../../src/log/log.ts';
import { createRemoteLog, serveLog, type LogCalls } from '../../src/log/remote.ts';
import { memoryOf } from '../../src/runtime/memory.ts';
import { openChannel } from '../../src/threads/channel.ts';
import { describeLog } from '../conformance/log.ts';
import type { LogUnderTest } from '../conformance/setting.ts';
import { makeEmbedded } from '../support/embedded-log.ts';

describeLog('LMDB, asked over a port between threads', async (): Promise<LogUnderTest> => {
  const under = await makeEmbedded();
  return { ...under, open: async (...asked) => overAPort(await under.open(...asked)) };
});

/** What can be had from another thread comes over a port; the rest stays with whoever opened the log. */
function overAPort(log: Log): Log {
  const { port1, port2 } = new MessageChannel();
  const broken = (error: unknown) => {
    throw error;
  };
  openChannel<object, LogCalls>(port1, serveLog(log), { memoryOf, broken });
  const calls = openChannel<LogCalls, object>(port2, {}, { memoryOf, broken });
  let closed = false;
  return {
    ...log,
    ...createRemoteLog(log.kind, calls),
    async close() {
      if (closed) return;
      closed = true;
      // What was asked before has arrived, and what closing answers has gone.
      await calls.listBlobs('');
      await log.close();
      await calls.listBlobs('').catch(() => []);
      port1.close();
    },
  };
}
