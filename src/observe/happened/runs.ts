import type { CaseVectorHappenings } from '../../orchestration/case-vectors.ts';
import type { ConductorHappenings } from '../../orchestration/conductor.ts';
import type { DailyBudgetHappenings } from '../../orchestration/daily.ts';
import type { HeartbeatHappenings } from '../../orchestration/heartbeats.ts';
import type { RunsReaderHappenings } from '../../orchestration/reader.ts';
import type { RunsSnapshotHappenings } from '../../orchestration/snapshot.ts';
import type { TriggerHappenings } from '../../orchestration/triggers.ts';
import type { TryingHappenings } from '../../orchestration/trying.ts';
import type { WorkerHappenings } from '../../orchestration/worker.ts';
import type { Observing } from '../happened.ts';

export type RunHappenings = ConductorHappenings &
  WorkerHappenings &
  TriggerHappenings &
  HeartbeatHappenings &
  RunsReaderHappenings &
  RunsSnapshotHappenings &
  TryingHappenings &
  DailyBudgetHappenings &
  CaseVectorHappenings;

export function runsHappened({ log, metrics, seldom }: Observing): RunHappenings {
  const facts = metrics.counter('weir_run_facts_total', 'Facts of runs, as they came into the log.', ['fact']);
  const ended = metrics.counter('weir_runs_ended_total', 'Runs of agents that ended, and how.', ['outcome']);
  const races = metrics.counter(
    'weir_run_races_lost_total',
    'Decisions made again because another conductor was faster.',
  );
  const retries = metrics.counter('weir_run_retries_total', 'What the log or the queue did not take at once.', [
    'part',
  ]);
  const undecidable = metrics.counter(
    'weir_runs_undecidable_total',
    'Runs that a mistake in weir ended, or that cannot be read.',
  );
  const passedOver = metrics.counter(
    'weir_runs_passed_over_total',
    'Messages of runs and items of work that a mistake in weir made unreadable.',
  );
  const left = metrics.counter(
    'weir_runs_steps_left_total',
    'Steps that this daemon left to another, for it has not the agent that was chosen.',
  );
  const snapshotsPassedBy = metrics.counter(
    'weir_runs_snapshots_passed_by_total',
    'Snapshots of what runs taught that could not be taken over.',
    ['why'],
  );
  const tasks = metrics.counter('weir_run_tasks_total', 'Tasks of pipelines, and what became of them.', ['verdict']);
  const budgets = metrics.counter(
    'weir_run_budget_reached_total',
    'Daily budgets of agents of which so much was spent or reserved.',
    ['percent'],
  );
  const refusals = metrics.counter('weir_run_budget_refusals_total', 'Steps there was no money left for that day.', [
    'of',
  ]);
  const embedded = metrics.counter('weir_run_cases_embedded_total', 'Past cases that got a vector.');
  const trials = metrics.counter('weir_run_trials_total', 'Trials of agents beside runs, of what they had failed at.', [
    'passed',
  ]);
  const retrying = (part: 'conductor' | 'worker' | 'heartbeat' | 'trial', err: unknown) => {
    retries.inc({ part });
    seldom(`runs ${part}`, (more) => log.warn({ err, more }, `The ${part} of runs tries again`));
  };
  return {
    runFact(org, run, fact, at) {
      facts.inc({ fact: fact.fact });
      log.debug({ org, run, fact: fact.fact, at }, 'A fact of a run');
    },
    runEnded(org, run, outcome, tookMs) {
      ended.inc({ outcome });
      log.info({ org, run, outcome, tookMs }, `A run ended as ${outcome}`);
    },
    casesEmbedded(org, count) {
      embedded.inc(count);
      log.debug({ org, count }, 'Past cases got vectors');
    },
    casesNotEmbedded(org, err) {
      seldom(`vectors ${org}`, (more) =>
        log.warn({ org, err, more }, 'Past cases get no vectors for now; they are found by words'),
      );
    },
    runRaceLost: () => races.inc(),
    conductorRetrying: (error) => retrying('conductor', error),
    runUndecidable(org, run, err) {
      undecidable.inc();
      log.error({ org, run, err }, 'A run cannot be decided, and goes on no further: tell the authors of weir');
    },
    agentTried(org, agent, skill, fault) {
      trials.inc({ passed: String(fault === null) });
      log.info(
        { org, agent, skill, fault },
        fault === null ? 'An agent passed its trial' : 'An agent failed its trial',
      );
    },
    trialMissed: (error) => retrying('trial', error),
    runsPassedOver(sequence, err) {
      passedOver.inc();
      log.error({ sequence, err }, 'A message of runs is passed over: tell the authors of weir');
    },
    runsSnapshotPassedBy(why) {
      snapshotsPassedBy.inc({ why });
      log.warn({ why }, 'The snapshot of what runs taught cannot be taken over; this start reads all of them');
    },
    runsSnapshotWritten: (bytes) => log.debug({ bytes }, 'A snapshot of what runs taught is written'),
    runsSnapshotFailed: (err) =>
      log.warn({ err }, 'What runs taught could not be written as a snapshot; the next start takes longer'),
    workUnreadable(org) {
      passedOver.inc();
      log.error({ org }, 'An item of work is passed over: tell the authors of weir');
    },
    workLeft(org, agent) {
      left.inc();
      seldom(`left ${agent}`, (more) =>
        log.warn({ org, agent, more }, 'A step is left to a daemon that has its agent: this one does not have it'),
      );
    },
    budgetReached(org, account, share) {
      const percent = Math.round(share * 100);
      budgets.inc({ percent });
      log.warn({ org, account, percent }, `${percent} % of a day's budget of agents is spent or reserved`);
    },
    budgetRefused(org, account, of) {
      refusals.inc({ of });
      seldom(`budget ${org} ${account}`, (more) =>
        log.warn({ org, account, of, more }, 'A step does not start: the budget of the day is used up'),
      );
    },
    stepProgress: (org, step, done, text) => log.debug({ org, step, done }, text),
    workerRetrying: (error) => retrying('worker', error),
    heartbeatMissed: (error) => retrying('heartbeat', error),
    taskJudged({ org, entity, pipeline, rule }, verdict) {
      tasks.inc({ verdict });
      log.debug({ org, entity, pipeline, rule, verdict }, 'A task was judged');
    },
  };
}
