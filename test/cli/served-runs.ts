import { afterEach, beforeEach } from 'vitest';
import { sessionSchema } from '../../schemas/run.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { serverOfRuns } from '../support/serving-runs.ts';
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
    const { server, close } = await serverOfRuns(log, clock);
    undo.push(close);
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
