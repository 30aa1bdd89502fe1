import { isWeirError, messageOf } from '../core/errors.ts';
import type { LogMessage, WorkQueue } from '../log/log.ts';
import { deadlines } from './decide.ts';
import { NewerEntry, type Fact } from './facts.ts';
import { factOf, noRun } from './fold.ts';
import { withoutWorker } from './ladder.ts';
import type { Run } from './run.ts';
import { encodeWork, workOf } from './work.ts';

/** A run in a conductor's hands. */
export interface Conducted {
  readonly id: string;
  readonly org: string;
  readonly first: number;
  /** When its request was stored, log time, ms. */
  readonly since: number;
  run: Run;
  /** Why nothing of it is folded any more: by a mistake in weir, for which it ends, or because a newer weir sees to it. */
  aside: { readonly why: string; readonly ends: boolean } | undefined;
  /** What it appended itself and has not read back yet; until then nothing is decided. */
  awaits: number;
  busy: boolean;
  /** Somebody wanted it looked at while it was busy: it is when it is done. */
  missed: boolean;
  /** Something failed, and is tried again at the next tick. */
  again: boolean;
  /** Work that was handed to the queue, by step and attempt. */
  readonly added: Set<string>;
  /** When the next timer or delayed item is due, ms since 1970. */
  nextAt: number;
}

export function conducted(id: string, org: string, first: Pick<LogMessage, 'sequence' | 'storedAt'>): Conducted {
  return {
    id,
    org,
    first: first.sequence,
    since: first.storedAt,
    run: noRun,
    aside: undefined,
    awaits: 0,
    busy: false,
    missed: false,
    again: false,
    added: new Set(),
    nextAt: Infinity,
  };
}

/** Characters of what was thrown that are told. */
const whyMax = 300;

/** Puts a run aside for what was thrown at the message at `sequence`: the others go on. The first reason stands. */
export function putAside(held: Conducted, sequence: number, error: unknown): void {
  held.run = { ...held.run, sequence };
  const why = `weir made a mistake in it: ${messageOf(error).slice(0, whyMax)}`;
  held.aside ??= { why, ends: !(error instanceof NewerEntry) };
  held.nextAt = Infinity;
}

export const isChild = ({ run }: Conducted): boolean => parentOf(run) !== undefined;

/** The run it is under. */
export const parentOf = (run: Run): string | undefined => factOf(run, 'requested')?.fact.request.parent?.run;

/** When something of it is due though nobody says anything, ms since 1970; past where it is overdue. */
export function nextAt({ run, added }: Pick<Conducted, 'run' | 'added'>): number {
  // What became due since it was looked for last is due still.
  const unhanded = workOf(run).filter(({ task, attempt }) => !added.has(`${task.key}/${attempt}`));
  return Math.min(...deadlines(run).map(({ at }) => at), ...unhanded.map(({ dueAt }) => dueAt));
}

/** Hands to the queue what is due. Of work that is too large for it, the fact that follows; what is left is handed out after that. */
export async function addDue(
  queue: Pick<WorkQueue, 'add'>,
  { org, run, added }: Conducted,
  now: number,
): Promise<Fact | undefined> {
  for (const work of workOf(run)) {
    const id = `${work.task.key}/${work.attempt}`;
    if (added.has(id) || work.dueAt > now) continue;
    try {
      await queue.add({ org, id, data: encodeWork(work) });
    } catch (error) {
      if (!isWeirError(error, 'message-too-large')) throw error;
      return withoutWorker(run, work.step, messageOf(error));
    }
    added.add(id);
  }
  return undefined;
}
