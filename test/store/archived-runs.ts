import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { subjects } from '../../src/log/subjects.ts';
import { decodeEntry, encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { fold, noRun } from '../../src/orchestration/fold.ts';
import type { Run } from '../../src/orchestration/run.ts';
import { createArchive } from '../../src/store/clickhouse/archive.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import type { Store } from '../../src/store/store.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { inlineRewriter } from '../support/rewriter.ts';
import {
  anAuditEntry,
  appendCommit,
  appendEntry,
  appendTransition,
  aTask,
  aTransition,
  notedArchive,
  openTestStore,
  testLimits,
} from '../support/store.ts';
import { until } from '../support/until.ts';
import { handedRun, lookedInto, pairedRun } from './told-runs.ts';

export type ArchivedRuns = Awaited<ReturnType<typeof archivedRuns>>;

/**
 * A store with the runs that released versions wrote, one of a pair, one that was handed on, one of another organisation, an alert that one looked into,
 * what a pipeline asked, what a person
 * did, and what is no entry; and with it the log they come from, and the runs as they are in it.
 */
export async function archivedRuns() {
  const { store, close } = await openTestStore();
  const { log, runs, append } = toldRuns();
  for (const { name, facts } of released()) {
    await append('acme', name, facts);
    // Every entry is told again later by somebody else.
    await append(
      'acme',
      name,
      facts.slice(1).map((each) => each.map(late)),
    );
  }
  await append('acme', 'paired', pairedRun);
  await append('acme', 'handed', handedRun);
  await append('globex', 'theirs', [[{ fact: 'requested', request: aRequest('theirs', { org: 'globex' }) }]]);
  await appendTransition(log, aTransition({ transition: 'investigated', by: 'agents', alert: { runs: [lookedInto] } }));
  await appendCommit(log, { tasks: [aTask()] });
  await appendEntry(log, anAuditEntry({ action: 'run.approve' }));
  await log.append({ stream: 'RUNS', subject: subjects.trigger('acme', 't'), data: Buffer.from('{"v":1}') });
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', 'broken'), data: Buffer.from('{"v":1}') });
  /** Brings what was appended since into the store. */
  const archive = () => archiveAll(log, store);
  await archive();

  /** Through both walls, as a person asks. */
  async function ask(sql: string, org = 'acme'): Promise<Record<string, unknown>[]> {
    const asking = createAsking({ store, limits: testLimits });
    const settings = { date_time_output_format: 'iso' };
    const answer = await asking.ask({ org, sql, format: 'JSONEachRow', params: {}, settings });
    if (answer.kind === 'refused') throw new Error(answer.message);
    const lines = answer.body.toString().split('\n');
    return lines.filter((line) => line !== '').map((line): Record<string, unknown> => JSON.parse(line));
  }
  return { store, log, runs, append, archive, ask, close };
}

/** A log to tell of runs in, and the runs as they are in it. */
function toldRuns() {
  let now = Date.parse('2026-03-09T10:00:00Z');
  const log = createMemoryLog({ now: () => (now += 1) });
  const runs = new Map<string, Run>();
  async function append(org: string, id: string, entries: readonly (readonly Fact[])[]): Promise<void> {
    for (const facts of entries) {
      now += 1_000;
      const data = encodeEntry(now, facts);
      const appended = await log.append({ stream: 'RUNS', subject: subjects.run(org, id), data });
      if (appended.kind === 'appended') {
        runs.set(id, fold(runs.get(id) ?? noRun, decodeEntry(data), appended.sequence));
      }
    }
  }
  return { log, runs, append };
}

/** Runs as released versions wrote them, a file each. */
function released(): readonly { readonly name: string; readonly facts: readonly (readonly Fact[])[] }[] {
  const folder = new URL('../orchestration/runs/', import.meta.url).pathname;
  return readdirSync(folder).map((file) => {
    const entries = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    return { name: file.replace('.jsonl', ''), facts: entries.map((line) => decodeEntry(Buffer.from(line)).facts) };
  });
}

/** As another worker would say it. */
const late = (fact: Fact): Fact =>
  'spent' in fact ? { ...fact, worker: 'late', spent: { ...fact.spent, money: 7 } } : fact;

async function archiveAll(log: MemoryLog, store: Store): Promise<void> {
  const { happened } = notedArchive();
  const archive = createArchive({
    log,
    store,
    rewriter: inlineRewriter,
    clock: { now: () => Date.now() },
    happened,
    owner: 'test',
    // Several batches: what replaces one another is in different parts.
    limits: { maxAgeMs: 5, maxRows: 7 },
  });
  await archive.start();
  const { lastSequence } = await log.info('RUNS');
  await until(() => archive.account('RUNS')?.position.sequence === lastSequence);
  for (const stream of ['ALERTS', 'SIGNALS', 'AUDIT'] as const)
    await until(() => archive.account(stream)?.position.sequence === 1);
  await archive.stop();
}
