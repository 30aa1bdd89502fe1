import type { Log } from '../../src/log/log.ts';
import { alternate, median, medianRatio, warmUpsFor } from './support/alternate.ts';
import { recordWork, type Work } from './support/work.ts';
import { eventsOnTheLog, fill } from './support/events.ts';
import type { Bench, Measure, Row } from './support/figure.ts';
import { logKinds, missing, newLog, type LogKind } from './support/log.ts';
import { inOwnProcess, type Runner } from './support/process.ts';
import { newStore } from './support/store.ts';
import { createWorkOff } from './support/work-off.ts';
import { createRows } from '../../src/store/clickhouse/rows.ts';
import type { Store } from '../../src/store/store.ts';

/** (a) Everything behind the door: log → parse → all pipelines → commits → ClickHouse, in events a second. */
export const measureThroughput: Measure = async (bench) => {
  const rows: Row[] = [];
  for (const kind of logKinds) rows.push(...(await measureOn(kind, bench)));
  return rows;
};

const eventsMax = 60_000;
/** Events after which nothing is compiled any more: by then each rare kind of event has come some hundred times. */
const warmAfter = 180_000;

interface Settings {
  readonly kind: LogKind;
  readonly events: number;
}

interface Speed {
  readonly perSecond: number;
  /** Processor time of the process, ClickHouse's threads included. */
  readonly cpuUs: number;
}

const names = ['weir', 'bare', 'scoring'] as const;
type Contestant = Runner<null, Speed>;

async function measureOn(kind: LogKind, { rounds, scale, progress }: Bench): Promise<readonly Row[]> {
  const what = `throughput, ${kind} log`;
  const skipped = missing(kind);
  if (skipped !== undefined) return [{ what, skipped }];

  const settings: Settings = { kind, events: Math.round(eventsMax * scale) };
  progress(`${what}: making ${settings.events} events`);
  const weir = await inOwnProcess(import.meta.url, createWeir, settings);
  const loop = await inOwnProcess(import.meta.url, createBareLoop, settings);
  const scoring = await inOwnProcess(import.meta.url, createScoringLoop, settings);
  const figures = await alternate(
    [
      ['weir', () => weir.run(null)],
      ['bare', () => loop.run(null)],
      ['scoring', () => scoring.run(null)],
    ],
    { rounds, warmUps: warmUpsFor(warmAfter, settings.events) },
    (text) => progress(`${what}: ${text}`),
  );
  await Promise.all([weir, loop, scoring].map((each) => each.stop()));

  const speeds = (name: (typeof names)[number]) => figures(name).map(({ perSecond }) => perSecond);
  const cpuOf = (name: (typeof names)[number]) => Math.round(median(figures(name).map(({ cpuUs }) => cpuUs)));
  const row = (name: 'bare' | 'scoring', is: string, atLeast: number) => ({
    what,
    unit: 'events/s',
    weir: median(speeds('weir')),
    bare: { is, value: median(speeds(name)) },
    ratio: medianRatio(speeds('weir'), speeds(name)),
    target: { of: 'ratio', atLeast } as const,
    note: `processor time an event: ${cpuOf('weir')} µs, bare ${cpuOf(name)} µs`,
  });
  return [row('bare', 'read, parse, insert', 0.3), row('scoring', 'read, parse, score, append, insert', 0.6)];
}

/** weir's own parts, over a log that is full already. */
export async function createWeir({ kind, events }: Settings): Promise<Contestant> {
  const messages = await eventsOnTheLog(events);
  const { workOff, close } = createWorkOff();
  const { run, stop } = await rounds(
    kind,
    messages.length,
    (log) => fill(log, messages),
    (log, store) => workOff(log, store, messages.length),
  );
  return {
    run,
    async stop() {
      await stop();
      await close();
    },
  };
}

/** Only reads the log, parses, and inserts the rows that weir inserts for the same events. */
export async function createBareLoop({ kind, events }: Settings): Promise<Contestant> {
  const messages = await eventsOnTheLog(events);
  const { scoreRows } = await recordWork(messages);
  return rounds(
    kind,
    messages.length,
    (log) => fill(log, messages),
    (log, store) => loop(log, store, messages.length, { scoreRows, calls: [], commits: [] }),
  );
}

/** Calls the scorers, too, that weir calls for the same events, and writes and appends the same commits. */
export async function createScoringLoop({ kind, events }: Settings): Promise<Contestant> {
  const messages = await eventsOnTheLog(events);
  const work = await recordWork(messages);
  return rounds(
    kind,
    messages.length,
    (log) => fill(log, messages),
    (log, store) => loop(log, store, messages.length, work),
  );
}

/** Each round on a log of its own; ClickHouse is the process's. */
async function rounds(
  kind: LogKind,
  events: number,
  prepare: (log: Log) => Promise<void>,
  work: (log: Log, store: Store, events: number) => Promise<void>,
): Promise<Contestant> {
  const { store, empty, discard } = await newStore();
  return {
    async run() {
      const made = await newLog(kind);
      await prepare(made.log);
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      await work(made.log, store, events);
      const seconds = (performance.now() - began) / 1_000;
      const { user, system } = process.cpuUsage(cpu);
      await made.discard();
      await empty();
      return { perSecond: events / seconds, cpuUs: (user + system) / events };
    },
    stop: discard,
  };
}

const pulled = 2_000;
const rowsPerInsert = 20_000;

/** The least there is to do; of what was recorded, as much after each pull as is due by then. */
async function loop(log: Log, store: Store, events: number, { scoreRows, calls, commits }: Work): Promise<void> {
  const reader = log.read('EVENTS', { after: 0, maxMessages: pulled });
  let rows = createRows();
  let inserted = { events: 0, scores: 0 };
  let appended = 0;
  let scored = 0;
  let appending: Promise<unknown> = Promise.resolve();
  for (let read = 0; read < events;) {
    const batch = await reader.next();
    for (const { data, sequence, storedAt } of batch) {
      const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
      const event: object = JSON.parse(text);
      if ('id' in event) rows.splice(sequence, `"storedAt":${storedAt},`, data);
    }
    read += batch.length;
    const due = (all: readonly unknown[]) => Math.floor((all.length * read) / events);
    while (scored < due(calls)) calls[scored++]?.again();
    await appending;
    const committed = due(commits);
    appending = Promise.all(commits.slice(appended, committed).map((commit) => append(log, commit)));
    appended = committed;
    if (rows.count < rowsPerInsert && read < events) continue;
    const scores = Buffer.from(scoreRows.slice(inserted.scores, due(scoreRows)).join(''));
    await store.insert('events', rows.end().lines);
    await store.insert('scores', scores);
    inserted = { events: read, scores: due(scoreRows) };
    rows = createRows();
  }
  await appending;
  await reader.close();
}

function append(log: Log, { subject, commit }: Work['commits'][number]): Promise<unknown> {
  return log.append({ stream: 'SIGNALS', subject, data: Buffer.from(JSON.stringify(commit)) });
}
