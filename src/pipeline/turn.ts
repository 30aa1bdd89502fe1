import { messageOf } from '../core/errors.ts';
import { rfc3339Of } from '../core/time.ts';
import type { Score } from '../core/score.ts';
import type { ScoreSettings } from '../core/settings.ts';
import type { Output } from './define.ts';
import type { Instance, Turn } from './instance.ts';
import { append, deadInput, file, noOutputs, type Cause, type Outputs } from './outputs.ts';
import type { Shelf } from './shelf.ts';
import { cellId, type Cell } from './cell.ts';
import type { EntityState, StateStore } from './state.ts';

/** Outputs of one pipeline for one input; beyond, the input is dead for it. */
const maxOutputsPerInput = 1_000;

/** The record at hand. */
export interface Record {
  readonly sequence: number;
  /** RFC 3339. */
  readonly receivedAt: string;
  /** The models, as of this record. */
  readonly judging: Shelf['judging'];
  /** The next ordinal for an alert observation of this record. */
  ordinal(): number;
}

export interface Act {
  /** Event time of the input or deadline, ms. */
  readonly time: number;
  /** Id of the input, or the hash of the deadline. */
  readonly cause: string;
  readonly late: boolean;
  readonly settings: ScoreSettings | undefined;
  act(instance: Instance, turn: Turn): void;
}

/**
 * One pipeline's turn at one input or deadline. What it stores and says counts if it ends well; if it throws, all is as if
 * it had never been, but for a dead letter. Gives back the scores it made.
 */
export function takeTurn(
  instance: Instance,
  entity: EntityState,
  record: Record,
  { time, cause, late, settings, act }: Act,
  store: StateStore,
  outputs: Outputs,
): readonly Score[] {
  const undo: [string, Cell | undefined][] = [];
  const said: Output[] = [];
  let tooMany = false;
  const { org, entity: name } = entity;
  const { sequence: position, receivedAt } = record;
  const stamp = (): Cause => ({
    org,
    entity: name,
    time: rfc3339Of(time),
    id: cause,
    receivedAt,
    position,
    settings,
  });
  try {
    act(instance, {
      entity,
      time,
      cause,
      late,
      settings,
      judging: record.judging,
      put(id, cell, before) {
        const dropped = store.put(entity, id, cell);
        if (dropped) undo.push([cellId(dropped.pipeline, dropped.operator, dropped.key), dropped]);
        undo.push([id, before]);
      },
      gaveUp: (matches) => store.forgot(instance.pipeline.name, 'matches', matches),
      // What is thrown in here would reach nobody: RxJS reports it to the process.
      out(output) {
        if (said.length < maxOutputsPerInput) said.push(output);
        else tooMany = true;
      },
    });
    if (tooMany) throw new RangeError(`more than ${maxOutputsPerInput} outputs for one input`);
    if (said.length === 0) return noScores;
    const own = noOutputs();
    const stamped = stamp();
    const scores = lastSaid(said).map((draft) => file(own, instance.pipeline, draft, stamped, record.ordinal));
    append(outputs, own);
    return scores.filter((score) => score !== undefined);
  } catch (error) {
    for (const [id, cell] of undo.toReversed()) store.put(entity, id, cell);
    outputs.dead.push(deadInput(instance.pipeline.name, stamp(), 'pipeline-failed', messageOf(error)));
    return noScores;
  }
}

const noScores: readonly Score[] = [];

/** What is said twice of one thing for one input would have one id twice: what is said last stands. */
function lastSaid(said: readonly Output[]): readonly Output[] {
  if (said.length < 2) return said;
  const kept = new Map<string | Output, Output>();
  for (const output of said) kept.set(nameOf(output) ?? output, output);
  return kept.size === said.length ? said : [...kept.values()];
}

/** What tells outputs of one input apart; undefined for alerts and examples, of which each counts. */
function nameOf(draft: Output): string | undefined {
  if (draft.output === 'alert' || draft.output === 'example') return undefined;
  const subject = draft.output === 'score' ? draft.subject : null;
  return `${draft.output}\0${draft.name}\0${subject ?? ''}\0${draft.cause ?? ''}`;
}
