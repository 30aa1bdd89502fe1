import { LRUCache } from 'lru-cache';
import { decodeTransition, encodeTransition } from '../../schemas/alert.ts';
import type { Alert, AlertRun, AlertCommand, AlertObservation, AlertTransition } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { Commit } from '../core/commit.ts';
import { WeirError } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { decide, decideCommand, fold, type Decision, type IgnoreReason } from './lifecycle.ts';
import { decideRun, type IgnoredRun } from './runs.ts';

/** What the alerts tell of themselves. */
export interface AlertHappenings {
  /** A transition is in the log. */
  alertTransition(transition: AlertTransition): void;
  observationIgnored(org: string, reason: IgnoreReason): void;
  /** Another writer was faster; it was decided again. Nothing lost. */
  alertRaceLost(org: string): void;
}

export interface AlertsDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly happened: AlertHappenings;
  /** How long ALERTS keeps a transition, ms. */
  readonly retentionMs: number;
  /** How many alerts of one commit are appended at once. */
  readonly concurrency?: number;
}

export interface Alerts {
  /**
   * Applies commits' observations: in order for each alert, different alerts side by side. Resolves when all are in the
   * log. Rejects (`log-unavailable`, `log-full`) when some may not be: call it again with the same, what is
   * applied is ignored. `committedAt`: when the first of the commits was appended, ms.
   */
  apply(commit: Pick<Commit, 'alertObservations'>, committedAt: number): Promise<void>;
  /**
   * Carries out what a person asks; gives the alert after it, also where it was so already.
   * Rejects with `not-found`, or `version-conflict` when the alert is no longer the one they saw.
   */
  command(org: string, alertId: string, command: AlertCommand): Promise<Alert>;
  /** Writes the end of a run to the alert that caused it, once. `asOf`: the event time it was asked at. Rejects as the log does. */
  attach(org: string, alertId: string, run: AlertRun, asOf: string): Promise<'attached' | IgnoredRun>;
  /** The alert as the log has it now. */
  get(org: string, alertId: string): Promise<Alert | undefined>;
}

/** Alerts remembered with their subject's last sequence. One that fell out costs a read. */
const rememberedMax = 10_000;

/** Each attempt lost means another writer's won. So many in a row is no race any more. */
const attemptsMax = 50;

/** An alert and the last sequence of its subject; 0 where the subject has no message. */
interface Held {
  readonly alert: Alert | undefined;
  readonly sequence: number;
}

type Next = Extract<Decision, { kind: 'transition' }>;

/**
 * The writers of ALERTS: a partition's worker with what its pipelines saw, and anyone with a person's command or the end of a run. Each
 * transition is appended with its subject's expected last sequence; who loses folds again.
 */
export function createAlerts({ log, clock, happened, retentionMs, concurrency = 128 }: AlertsDeps): Alerts {
  const remembered = new LRUCache<string, Held>({ max: rememberedMax });

  async function applyInOrder(observations: readonly AlertObservation[], forgotten: boolean): Promise<void> {
    for (const observation of observations) {
      const subject = subjects.alert(observation.org, observation.alertId);
      const decision = await settle(subject, (alert) => decide(alert, observation, forgotten));
      if (decision.kind === 'ignore') happened.observationIgnored(observation.org, decision.reason);
    }
  }

  /**
   * Decides until what it decided is in the log. Only a decision to append may rest on what is remembered, since the
   * append tells whether that still holds; every other one rests on the log.
   */
  async function settle<Rest>(
    subject: string,
    decideOn: (alert: Alert | undefined) => Next | Rest,
  ): Promise<Next | Rest> {
    let held = remembered.get(subject);
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const fresh = held === undefined;
      held ??= await load(subject);
      const decision = decideOn(held.alert);
      if (isNext(decision)) {
        if (await append(subject, decision.transition, held)) return decision;
        happened.alertRaceLost(decision.transition.alert.org);
      } else if (fresh) return decision;
      held = undefined;
    }
    throw new WeirError('log-unavailable', `${subject} is written to from elsewhere without end.`);
  }

  async function load(subject: string): Promise<Held> {
    const message = await log.last('ALERTS', subject);
    return message
      ? { alert: decodeTransition(message.data).alert, sequence: message.sequence }
      : { alert: undefined, sequence: 0 };
  }

  /**
   * Whether it is in the log. Without a message id: the duplicate window would answer for another writer's transition of
   * the same version. A rejected append may have been stored all the same, so what was remembered is forgotten.
   */
  async function append(subject: string, transition: AlertTransition, held: Held): Promise<boolean> {
    remembered.delete(subject);
    const appended = await log.append({
      stream: 'ALERTS',
      subject,
      data: encodeTransition(transition),
      expectLast: held.sequence,
    });
    if (appended.kind === 'moved') return false;
    remembered.set(subject, { alert: fold(held.alert, transition), sequence: appended.sequence });
    happened.alertTransition(transition);
    return true;
  }

  return {
    async apply(commit, committedAt) {
      const forgotten = clock.now() - committedAt > retentionMs;
      await eachOf(byAlert(commit.alertObservations), concurrency, (observations) =>
        applyInOrder(observations, forgotten),
      );
    },

    async command(org, alertId, command) {
      const decision = await settle(subjects.alert(org, alertId), (alert) =>
        alert ? decideCommand(alert, command) : ({ kind: 'unknown' } as const),
      );
      if (decision.kind === 'unknown') throw new WeirError('not-found', `There is no alert ${alertId}.`);
      if (decision.kind === 'transition') return decision.transition.alert;
      if (decision.kind === 'already-so') return decision.alert;
      const { version, episode, status } = decision.alert;
      throw new WeirError('version-conflict', decision.detail, { extra: { version, episode, status } });
    },

    async attach(org, alertId, run, asOf) {
      const decision = await settle(subjects.alert(org, alertId), (alert) => decideRun(alert, run, asOf));
      return decision.kind === 'transition' ? 'attached' : decision.reason;
    },

    async get(org, alertId) {
      return (await load(subjects.alert(org, alertId))).alert;
    },
  };
}

function isNext(decision: unknown): decision is Next {
  return typeof decision === 'object' && decision !== null && 'kind' in decision && decision.kind === 'transition';
}

function byAlert(observations: readonly AlertObservation[]): readonly (readonly AlertObservation[])[] {
  const groups = new Map<string, AlertObservation[]>();
  for (const observation of observations) {
    const subject = subjects.alert(observation.org, observation.alertId);
    const group = groups.get(subject);
    if (group) group.push(observation);
    else groups.set(subject, [observation]);
  }
  return [...groups.values()];
}

/** Runs `work` over the items, so many at once. All have ended when it resolves or rejects. */
async function eachOf<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  if (items.length === 0) return;
  const waiting = items[Symbol.iterator]();
  const worker = async () => {
    for (let item = waiting.next(); !item.done; item = waiting.next()) await work(item.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}
