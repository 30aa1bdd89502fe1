import { messageOf } from '../core/errors.ts';
import { rfc3339Of } from '../core/time.ts';
import type { Score } from '../core/score.ts';
import type { ScoreSettings } from '../core/settings.ts';
import type { Output, Pipeline } from './define.ts';
import { maxOutputsPerInput, type Change, type Instance, type Turn } from './instance.ts';
import { append, deadInput, file, noOutputs, type Cause, type Outputs } from './outputs.ts';
import type { Shelf } from './shelf.ts';
import type { EntityState, StateStore } from './state.ts';

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
  take(instance: Instance, turn: Turn): void;
}

/**
 * One pipeline's turn at one input or deadline. What it stores and says counts if it ends well; if it throws, all is as if
 * it had never been, but for a dead letter. Gives back the scores it made.
 */
export function takeTurn(
  instance: Instance,
  entity: EntityState,
  record: Record,
  act: Act,
  store: StateStore,
  outputs: Outputs,
): readonly Score[] {
  const { time, cause, late, settings, take } = act;
  const undo: Change[] = [];
  const said: Output[] = [];
  try {
    take(instance, { store, entity, time, cause, late, settings, judging: record.judging, undo, said });
    if (said.length === 0) return noScores;
    if (said.length > maxOutputsPerInput) throw new RangeError(`more than ${maxOutputsPerInput} outputs for one input`);
    return filed(lastSaid(said), instance.pipeline, causeOf(entity, record, act), record, outputs);
  } catch (error) {
    for (const { operator, key, before } of undo.toReversed()) store.put(entity, operator, key, before);
    const { name } = instance.pipeline;
    outputs.dead.push(deadInput(name, causeOf(entity, record, act), 'pipeline-failed', messageOf(error)));
    return noScores;
  }
}

const noScores: readonly Score[] = [];

const causeOf = (entity: EntityState, record: Record, { time, cause, settings }: Act): Cause => ({
  org: entity.org,
  entity: entity.entity,
  time: rfc3339Of(time),
  id: cause,
  receivedAt: record.receivedAt,
  position: record.sequence,
  settings,
});

/** All of them, or none where one cannot be: they are filed apart first. */
function filed(drafts: readonly Output[], pipeline: Pipeline, cause: Cause, { ordinal }: Record, outputs: Outputs) {
  const [only] = drafts;
  if (only && drafts.length === 1) {
    const score = file(outputs, pipeline, only, cause, ordinal);
    return score ? [score] : noScores;
  }
  const own = noOutputs();
  const scores: Score[] = [];
  for (const draft of drafts) {
    const score = file(own, pipeline, draft, cause, ordinal);
    if (score) scores.push(score);
  }
  append(outputs, own);
  return scores;
}

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
