import { expect } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { runRoutes, type RunRouteDeps } from '../../src/http/routes/runs.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { createRegister } from '../../src/orchestration/register.ts';
import { readSession } from '../../src/orchestration/session-events.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import type { MemoryLog } from './memory-log.ts';
import { tokens } from './push.ts';
import { serverOf } from './serving.ts';

/** A server over the runs in a log, of `acme` and `globex`; `close` ends all of it. */
export async function serverOfRuns(log: MemoryLog, clock: Clock, more: Partial<RunRouteDeps['sessions']> = {}) {
  const register = createRegister(() => reader.complete());
  const reader = createRunsReader({
    happened: { runsPassedOver: (_, error) => expect.unreachable(String(error)) },
    log,
    see: (told) => told.kind === 'entry' && register.saw(told.org, told.run, told.entry, told.sequence),
    failed: (error: unknown) => {
      throw error;
    },
  });
  await reader.start();
  const sessions = {
    ...createSessions(log, clock),
    list: register.list,
    read: (org: string, id: string) => readSession(log, register.listen, org, id),
    ...more,
  };
  const server = await serverOf(
    runRoutes({
      sessions,
      kinds: ['customer_health', 'open'],
      proposes: false,
      authenticator: tokens,
      orgs: ['acme', 'globex'],
    }),
  );
  async function close(): Promise<void> {
    await server.close();
    register.stop();
    await reader.stop();
  }
  return { server, close };
}
