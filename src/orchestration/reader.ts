import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { decodeEntry, type Entry } from './facts.ts';
import { decodeSaid, type Said } from './said.ts';

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
  /** Called with each message, in the order of the log. */
  see(told: Told): unknown;
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

/** Reads RUNS from its first message on: what is told of it is in memory, and is the same after each start. */
export function createRunsReader({ log, see, patienceMs = 5_000, happened, failed }: RunsReaderDeps): RunsReader {
  const stopping = new AbortController();
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let [readTo, wanted] = [0, 0];

  async function read(caughtUp: () => void): Promise<void> {
    for (;;) {
      if (readTo >= wanted) caughtUp();
      const messages = await reader?.next();
      if (!messages || messages.length === 0) return;
      for (const message of messages) {
        tell(message);
        readTo = message.sequence;
      }
    }
  }

  /** No message ends the reading of those behind it. */
  function tell(message: LogMessage): void {
    try {
      const told = toldBy(message);
      if (told) see(told);
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

  return {
    name: 'runs reader',
    complete: () => readTo >= wanted,
    async start() {
      const { firstSequence, lastSequence } = await log.info('RUNS');
      wanted = firstSequence > lastSequence ? 0 : lastSequence;
      reader = log.read('RUNS', { after: 0, maxMessages: batchSize });
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
      await reader?.close();
      await reading;
    },
  };
}

function toldBy({ subject, data, sequence, storedAt: at }: LogMessage): Told | undefined {
  const [, kind, org = '', run = ''] = subject.split('.');
  if (kind === 'runs') return { kind: 'entry', org, run, entry: decodeEntry(data), sequence };
  return kind === 'lessons' ? { kind: 'said', org, said: decodeSaid(data), at, sequence } : undefined;
}
