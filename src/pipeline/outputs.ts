import { fingerprintOf, type AlertObservation } from '../core/alert.ts';
import type { Commit, DeadInput, TaskRequest } from '../core/commit.ts';
import { idOf } from '../core/ids.ts';
import type { Insight } from '../core/insight.ts';
import type { Example } from '../core/model.ts';
import type { Contribution, Score } from '../core/score.ts';
import type { ScoreSettings } from '../core/settings.ts';
import { quoteOf } from '../scoring/text.ts';
import type { Output, Pipeline } from './define.ts';

/** What the pipelines said, as it goes into a commit. */
export type Outputs = {
  -readonly [
    Part in 'scores' | 'insights' | 'alertObservations' | 'tasks' | 'examples' | 'dead' | 'late'
  ]: Commit[Part][number][];
};

export const noOutputs = (): Outputs => ({
  scores: [],
  insights: [],
  alertObservations: [],
  tasks: [],
  examples: [],
  dead: [],
  late: [],
});

export const isEmpty = (outputs: Outputs): boolean =>
  outputs.scores.length === 0 &&
  outputs.insights.length === 0 &&
  outputs.alertObservations.length === 0 &&
  outputs.tasks.length === 0 &&
  outputs.examples.length === 0 &&
  outputs.dead.length === 0 &&
  outputs.late.length === 0;

/** Adds the outputs of one to those of another. */
export function append(all: Outputs, more: Outputs): void {
  push(all.scores, more.scores);
  push(all.insights, more.insights);
  push(all.alertObservations, more.alertObservations);
  push(all.tasks, more.tasks);
  push(all.examples, more.examples);
  push(all.dead, more.dead);
  push(all.late, more.late);
}

/** Most are empty: a spread of none costs more than to see that. */
function push<T>(all: T[], more: readonly T[]): void {
  if (more.length > 0) all.push(...more);
}

/** The record at hand, as its outputs are stamped with it. */
export interface Cause {
  readonly org: string;
  readonly entity: string;
  /** Event time, RFC 3339 UTC. */
  readonly time: string;
  /** Id of the event or score at hand, or the hash of the deadline. */
  readonly id: string;
  /** RFC 3339. */
  readonly receivedAt: string;
  readonly position: number;
  /** What is set of the pipeline for the entity; undefined: nothing. */
  readonly settings: ScoreSettings | undefined;
}

const quoteLimit = 300;
const detailLimit = 1_000;

/** Adds to a draft what only the runtime knows, and files it. Gives back the score where it is one: others may read it. */
export function file(
  outputs: Outputs,
  pipeline: Pipeline,
  draft: Output,
  cause: Cause,
  ordinal: () => number,
): Score | undefined {
  const { org, entity, time, settings } = cause;
  const causeId = draft.cause ?? cause.id;
  const stamp = { org, entity, time, pipeline: pipeline.name };
  const id = (name: string, subject = ''): string => idOf(org, pipeline.name, name, entity, subject, causeId);

  switch (draft.output) {
    case 'score': {
      const { name, subject, value, confidence } = draft;
      // Written out: most outputs are scores, and a spread takes several times as long.
      const made: Score = {
        id: id(name, subject ?? ''),
        name,
        org,
        entity,
        time,
        pipeline: pipeline.name,
        subject,
        value,
        confidence,
        contributions: draft.contributions.some(isLong) ? draft.contributions.map(shortened) : draft.contributions,
        version: pipeline.version,
      };
      const score = settings ? { ...made, settings } : made;
      outputs.scores.push(score);
      return score;
    }
    case 'insight': {
      const { output: _, name, cause: __, ...content } = draft;
      const insight: Insight = { id: id(name), ...content, ...stamp, version: pipeline.version };
      outputs.insights.push(insight);
      return undefined;
    }
    case 'task': {
      const { name: rule, goal, context, key, alert } = draft;
      const lookedInto = alert && idOf(org, pipeline.name, alert.rule, fingerprintOf(entity, alert.about));
      const task: TaskRequest = {
        id: id(rule),
        ...stamp,
        rule,
        goal,
        context,
        ...(key !== undefined && { key }),
        ...(lookedInto !== undefined && { alert: lookedInto }),
      };
      outputs.tasks.push(task);
      return undefined;
    }
    case 'alert': {
      const { rule, fingerprint, change } = draft;
      const observation: AlertObservation = {
        alertId: idOf(org, pipeline.name, rule, fingerprint),
        ...stamp,
        version: pipeline.version,
        rule,
        fingerprint,
        cause: causeId,
        receivedAt: cause.receivedAt,
        position: cause.position,
        ordinal: ordinal(),
        ...change,
      };
      outputs.alertObservations.push(observation);
      return undefined;
    }
    case 'example': {
      const { model, example, subject } = draft;
      if (!pipeline.models.some(({ name }) => name === model)) {
        throw new RangeError(`tells an example to "${model}", which is none of its models`);
      }
      const { position } = cause;
      const told: Example = {
        ...stamp,
        model,
        example,
        ...(subject !== undefined && { subject }),
        cause: causeId,
        position,
        ordinal: ordinal(),
      };
      outputs.examples.push(told);
      return undefined;
    }
    default:
      return draft satisfies never;
  }
}

export function deadInput(pipeline: string, cause: Cause, reason: string, detail: string): DeadInput {
  return {
    pipeline,
    eventId: cause.id,
    org: cause.org,
    sequence: cause.position,
    reason,
    detail: quoteOf(detail, detailLimit),
  };
}

const isLong = ({ quote }: Contribution): boolean => quote !== null && quote.length > quoteLimit;

const shortened = (contribution: Contribution): Contribution =>
  contribution.quote === null ? contribution : { ...contribution, quote: quoteOf(contribution.quote, quoteLimit) };
