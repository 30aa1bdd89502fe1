import { afterEach, beforeEach, expect } from 'vitest';
import { sessionSchema } from '../../schemas/run.ts';
import { configOf } from '../../src/config/load.ts';
import { runRoutes } from '../../src/http/routes/runs.ts';
import { buildServer } from '../../src/http/server.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { createRegister } from '../../src/orchestration/register.ts';
import { readSession } from '../../src/orchestration/session-events.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { tokens } from '../support/push.ts';
import { run } from './support.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const path = '/api/v1/orchestration/sessions';
export const hashes = { fix: 'a'.repeat(32), tell: 'b'.repeat(32) };
export const budget = { money: 0, tokens: 0, calls: 0, agentSeconds: 10 };

/** Before each test of a file a server with runs, gone after it; and `weir` to ask it. */
export function servingRuns() {
  const undo: (() => Promise<unknown>)[] = [];
  let log: MemoryLog;
  let address: string;
  beforeEach(async () => {
    log = createMemoryLog(clock);
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
    const read = (org: string, id: string) => readSession(log, register.listen, org, id);
    const server = await buildServer({
      http: configOf({}).http,
      version: '1.2.3',
      open: false,
      routes: [
        runRoutes({
          sessions: { ...createSessions(log, clock), list: register.list, read },
          kinds: ['customer_health'],
          authenticator: tokens,
          orgs: ['acme', 'globex'],
        }),
      ],
      asyncapi: {},
      happened: { requestAnswered: () => {}, requestFailed: () => {}, connectionRefused: () => {} },
    });
    undo.push(
      () => reader.stop(),
      async () => register.stop(),
      () => server.close(),
    );
    address = await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  const weir = (words: string, token = 'acme') =>
    run([...words.split(' '), '--url', address], { env: { WEIR_TOKEN: token } });

  async function asked(): Promise<string> {
    const body = JSON.stringify({ kind: 'customer_health', goal: 'Why?', entity: 'account:brightloom' });
    const headers = { authorization: 'Bearer acme', 'content-type': 'application/json' };
    const answer = await fetch(`${address}${path}`, { method: 'POST', headers, body });
    return sessionSchema.parse(await answer.json()).id;
  }

  /** As the conductor would say it. */
  async function told(id: string, ...facts: readonly Fact[]) {
    await log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data: encodeEntry(clock.now(), facts) });
  }

  /** A run of which two steps wait for a person. */
  async function waiting(): Promise<string> {
    const id = await asked();
    const plan = {
      template: 't',
      version: 1,
      strategy: 'parallel',
      parallel: 2,
      budget,
      steps: [step('fix'), step('tell')],
    };
    await told(
      id,
      { fact: 'admitted' },
      { fact: 'plan-decided', plan: { ...plan, strategy: 'parallel' } },
      { fact: 'approval-requested', step: 'fix', task: taskOf(id, 'fix'), argumentsHash: hashes.fix },
      { fact: 'approval-requested', step: 'tell', task: taskOf(id, 'tell'), argumentsHash: hashes.tell },
    );
    return id;
  }

  return { weir, asked, told, waiting, log: () => log };
}

const step = (id: string, needs: readonly string[] = []) => ({
  id,
  skill: id,
  goal: `${id} it`,
  needs,
  input: {},
  timeoutMs: 1_000,
  approval: { fourEyes: false, expiresMs: 60_000, otherwise: 'skip' as const },
});
export const taskOf = (id: string, of: string) => ({
  key: `${id}/${of}`,
  org: 'acme',
  entity: null,
  skill: of,
  goal: '',
  asOf: '2026-06-01T00:00:00.000Z',
  input: { command: 'restart \u001B[2J checkout' },
});
