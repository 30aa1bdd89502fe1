import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { positionAt, type Position } from '../log/position.ts';
import { decodeEntry, type Entry } from './facts.ts';
import { decodeSaid, type Said } from './said.ts';
import type { RunsMemory, RunsSnapshotHappenings, RunsSnapshots } from './snapshot.ts';

/** A message of RUNS as it is read: an entry of a run, or what was told beside the runs. `at`: log time, ms. */
export type Told =
  | {
      readonly kind: 'entry';
      readonly org: string;
      readonly run: string;
      readonly entry: Entry;
      readonly sequence: number;
    }
  | {
      readonly kind: 'said';
      readonly org: string;
      readonly said: Said;
      readonly at: number;
      readonly sequence: number;
    };

export interface RunsReaderDeps {
  readonly log: Log;
  /** Called with each message that is not in the memory yet, in the order of the log. */
  see(told: Told): unknown;
  /** Absent: each start reads all there is. */
  readonly snapshots?: RunsSnapshots & { readonly memory: RunsMemory; readonly happened: RunsSnapshotHappenings };
  /** So long a start waits for what there was before it, ms; then it goes on with what is known. Default 5 s. */
  readonly patienceMs?: number;
  readonly happened: RunsReaderHappenings;
  /** Called when it cannot go on: the log is not the one it read. */
  failed(error: unknown): void;
}

/** What the reader tells of itself. */
export interface RunsReaderHappenings {
  /** A message of RUNS teaches nothing and is in no list: it cannot be read, or weir made a mistake with it. */
  runsPassedOver(sequence: number, error: unknown): void;
}

export interface RunsReader extends Service {
  /** False while what there was before the start is still being read. */
  complete(): boolean;
}

const batchSize = 512;
const snapshotEveryMs = 60_000;

/**
 * Reads RUNS, from its first message on or from where the newest snapshot stands: what is told of it is in memory, and is the same after
 * each start.
 */
export function createRunsReader(deps: RunsReaderDeps): RunsReader {
  const { log, see, snapshots, patienceMs = 5_000, happened, failed } = deps;
  const stopping = new AbortController();
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let position: Position = { created: '', sequence: 0, storedAt: 0 };
  let wanted = 0;
  let savedTo = 0;
  let saving: Promise<void> = Promise.resolve();
  let savingEvery: NodeJS.Timeout | undefined;
  /** Of a snapshot, where some organisations were further. */
  let seenTo = new Map<string, number>();

  async function read(caughtUp: () => void): Promise<void> {
    for (;;) {
      if (position.sequence >= wanted) caughtUp();
      const messages = await reader?.next();
      if (!messages || messages.length === 0) return;
      for (const message of messages) {
        tell(message);
        position = { ...position, sequence: message.sequence, storedAt: message.storedAt };
      }
    }
  }

  /** No message ends the reading of those behind it. */
  function tell(message: LogMessage): void {
    try {
      const told = toldBy(message);
      if (told && told.sequence > (seenTo.get(told.org) ?? 0)) see(told);
    } catch (error) {
      happened.runsPassedOver(message.sequence, error);
    }
  }

  async function follow(caughtUp: () => void): Promise<void> {
    try {
      await read(caughtUp);
    } catch (error) {
      if (!stopping.signal.aborted) failed(error);
    } finally {
      caughtUp();
    }
  }

  async function restore(): Promise<void> {
    position = await positionAt(log, 'RUNS');
    const found = await snapshots?.load();
    if (!found || !snapshots) return;
    if (typeof found === 'string') return snapshots.happened.runsSnapshotPassedBy(found);
    for (const [org, kept] of found.orgs) snapshots.memory.restore(org, kept);
    seenTo = new Map([...found.orgs].map(([org, { experience }]) => [org, experience.place]));
    ({ position } = found);
    savedTo = position.sequence;
  }

  /** What is in memory at this moment, written one after the other. Never rejects. */
  function save(): Promise<void> {
    if (!snapshots || position.sequence === savedTo) return saving;
    const snapshot = { position, orgs: snapshots.memory.all() };
    savedTo = position.sequence;
    saving = saving
      .then(() => snapshots.save(snapshot))
      .then(snapshots.happened.runsSnapshotWritten, snapshots.happened.runsSnapshotFailed);
    return saving;
  }

  return {
    name: 'runs reader',
    complete: () => position.sequence >= wanted,
    async start() {
      const { firstSequence, lastSequence } = await log.info('RUNS');
      wanted = firstSequence > lastSequence ? 0 : lastSequence;
      await restore();
      reader = log.read('RUNS', { after: position.sequence, maxMessages: batchSize });
      savingEvery = setInterval(() => void save(), snapshotEveryMs).unref();
      await new Promise<void>((resolve) => {
        const patience = setTimeout(resolve, patienceMs);
        const done = () => {
          clearTimeout(patience);
          resolve();
        };
        reading = follow(done);
      });
    },
    async stop() {
      stopping.abort();
      clearInterval(savingEvery);
      await reader?.close();
      await reading;
      await save();
    },
  };
}

function toldBy({ subject, data, sequence, storedAt: at }: LogMessage): Told | undefined {
  const [, kind, org = '', run = ''] = subject.split('.');
  if (kind === 'runs') return { kind: 'entry', org, run, entry: decodeEntry(data), sequence };
  return kind === 'lessons' ? { kind: 'said', org, said: decodeSaid(data), at, sequence } : undefined;
}
