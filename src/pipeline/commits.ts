import type { Commit } from '../core/commit.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import type { LogMessage } from '../log/log.ts';
import { append, isEmpty, noOutputs, type Outputs } from './outputs.ts';

/** A commit but for what is only known when it is appended, and its bytes. */
export interface ReadyCommit {
  readonly commit: Omit<Commit, 'applied'>;
  readonly data: Buffer;
  /** How many records it covers. */
  readonly records: number;
}

/** A record of EVENTS, as a commit tells of it. */
type Covered = Pick<LogMessage, 'sequence' | 'storedAt'>;

/** The bytes a commit may have: half of what NATS takes in one message by default. */
export const maxCommitBytes = 512 * 1024;

type Part = keyof Outputs;
const parts = [
  'scores',
  'insights',
  'alertObservations',
  'tasks',
  'examples',
  'dead',
  'late',
] as const satisfies readonly Part[];

/**
 * Gathers the outputs of records one by one into commits no larger than `maxBytes`. Each output is written as JSON once.
 * A record's outputs are never split between commits; where they alone are too large, they are replaced by a dead letter.
 */
export function createCommits(
  head: Pick<Commit, 'writer' | 'partition' | 'created'>,
  maxBytes: number = maxCommitBytes,
) {
  const ready: ReadyCommit[] = [];
  let open = start();

  function start() {
    const texts: Record<Part, string[]> = {
      scores: [],
      insights: [],
      alertObservations: [],
      tasks: [],
      examples: [],
      dead: [],
      late: [],
    };
    return { from: 0, to: 0, storedAt: 0, records: 0, bytes: 0, outputs: noOutputs(), texts };
  }

  function close(): void {
    if (open.bytes > 0) ready.push(written(open));
    open = start();
  }

  function written({ from, to, storedAt, outputs, texts, records }: ReturnType<typeof start>): ReadyCommit {
    const { writer, partition, created } = head;
    const meta = { writer, partition, from, to, created, storedAt };
    const body = parts.map((part) => `"${part}":[${texts[part].join(',')}]`).join(',');
    const data = Buffer.from(`${JSON.stringify(meta).slice(0, -1)},${body}}`, 'utf8');
    return { commit: { ...meta, ...outputs }, data, records };
  }

  function cover({ sequence, storedAt }: Covered): void {
    if (open.records === 0) open.from = sequence;
    open.to = sequence;
    open.storedAt = storedAt;
    open.records += 1;
  }

  function add(outputs: Outputs, record: Covered): void {
    if (isEmpty(outputs)) {
      cover(record);
      return;
    }
    const written: [Part, string][] = [];
    let bytes = 0;
    for (const part of parts) {
      for (const output of outputs[part]) {
        const text = JSON.stringify(output);
        written.push([part, text]);
        bytes += Buffer.byteLength(text) + 1;
      }
    }
    if (bytes > maxBytes) return add(tooLarge(outputs, record.sequence, bytes), record);
    if (open.bytes + bytes > maxBytes) close();
    cover(record);
    open.bytes += bytes;
    for (const [part, text] of written) open.texts[part].push(text);
    append(open.outputs, outputs);
  }

  return {
    add,
    /** A commit that says nothing and stands where the last one did. */
    empty: ({ sequence, storedAt }: Covered): ReadyCommit =>
      written({ ...start(), from: sequence, to: sequence, storedAt }),
    /** Whether there is anything to commit. */
    said: (): boolean => open.bytes > 0 || ready.length > 0,
    /** The commits there are; nothing for records that gave no outputs. */
    take(): readonly ReadyCommit[] {
      if (open.records > 0) close();
      return ready.splice(0);
    },
  };
}

function tooLarge(outputs: Outputs, sequence: number, bytes: number): Outputs {
  const made = [
    ...outputs.scores,
    ...outputs.insights,
    ...outputs.alertObservations,
    ...outputs.tasks,
    ...outputs.examples,
  ];
  const [first] = [...made, ...outputs.dead];
  const detail = `the outputs of one record take ${bytes} bytes`;
  const { pipeline = '', org = '' } = first ?? {};
  return {
    ...noOutputs(),
    dead: [{ pipeline, eventId: `sequence ${sequence}`, org, sequence, reason: 'output-too-large', detail }],
  };
}

/** Reads a commit. Throws `log-mismatch` for what is none: only a stranger with rights on the log can have written it. */
export function parseCommit(message: LogMessage): Commit {
  try {
    const commit = JSON.parse(Buffer.from(message.data).toString('utf8')) as Commit;
    // There were none of them before there were models.
    return commit.examples === undefined ? { ...commit, examples: [] } : commit;
  } catch (error) {
    throw new WeirError(
      'log-mismatch',
      `SIGNALS holds a message that is no commit at ${message.sequence}: ${messageOf(error)}`,
    );
  }
}
