import { afterEach, beforeEach } from 'vitest';
import { z } from 'zod';
import type { RunRouteDeps } from '../../src/http/routes/runs.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { serverOfRuns } from '../support/serving-runs.ts';

export const clock = { now: () => Date.UTC(2026, 5, 1) };
const path = '/api/v1/orchestration/sessions';
export const wanted = { kind: 'customer_health', goal: 'Why are they quiet?', entity: 'account:brightloom' };

const answerSchema = z.looseObject({
  id: z.string().default(''),
  type: z.string().optional(),
  next: z.string().nullish(),
  sessions: z.array(z.looseObject({ id: z.string(), goal: z.string() })).default([]),
});

export const refusal = (status: number, code: string) => ({ status, body: { type: `urn:weir:error:${code}` } });

/** For each test of a file a log of runs, and servers over it, gone after it. */
export function servingSessions() {
  const undo: (() => Promise<unknown>)[] = [];
  let log: MemoryLog;
  beforeEach(() => {
    log = createMemoryLog(clock);
  });
  const stop = async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  afterEach(stop);

  async function asking(more: Partial<RunRouteDeps['sessions']> = {}) {
    const { server, close } = await serverOfRuns(log, clock, more);
    undo.push(close);
    const address = `${await server.listen({ port: 0, host: '127.0.0.1' })}${path}`;
    const ask = async (to: string, body?: object, token = 'acme') => {
      const answer = await server.inject({
        method: body === undefined ? 'GET' : 'POST',
        url: to.startsWith('/../') ? path.replace(/sessions$/, to.slice(4)) : `${path}${to}`,
        headers: { authorization: `Bearer ${token}` },
        ...(body !== undefined && { payload: body }),
      });
      return { status: answer.statusCode, body: answerSchema.parse(answer.json()) };
    };
    const connections = () =>
      new Promise<number>((resolve, reject) =>
        server.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      );
    return Object.assign(ask, { address, connections });
  }

  /** As the conductor would say it. */
  async function told(id: string, ...facts: readonly Fact[]) {
    await log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data: encodeEntry(clock.now(), facts) });
  }

  return { asking, told, stop, log: () => log };
}
