import type { PipelineHappenings } from '../../pipeline/happenings.ts';
import type { PutByHappenings } from '../../pipeline/put-by.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function pipelinesHappened({ log, metrics, seldom }: Observing): PipelineHappenings & PutByHappenings {
  const records = metrics.counter('weir_pipelines_events_total', 'Events and timers that are committed.', [
    'partition',
  ]);
  const commits = metrics.histogram(
    'weir_pipelines_commit_duration_seconds',
    'From a commit to its acknowledgement by the log.',
    durationBuckets,
  );
  const outputs = metrics.counter(
    'weir_pipeline_outputs_total',
    'What pipelines made: scores, insights, alert observations, tasks, examples for models.',
    ['pipeline', 'output'],
  );
  const late = metrics.counter(
    'weir_pipeline_late_events_total',
    'Events that came later than the pipeline waits; handled all the same.',
    ['pipeline'],
  );
  const dead = metrics.counter('weir_pipeline_dead_events_total', 'Events a pipeline could not handle.', [
    'pipeline',
    'reason',
  ]);
  const position = metrics.gauge(
    'weir_pipelines_position',
    'Sequence of EVENTS through which all is committed and its effects are applied.',
  );
  const watermark = metrics.gauge(
    'weir_pipelines_watermark_timestamp_seconds',
    'Log time through which all is committed and its effects are applied.',
  );
  const snapshots = metrics.histogram('weir_snapshot_duration_seconds', 'How long a snapshot took.', durationBuckets);
  const snapshotBytes = metrics.gauge('weir_snapshot_bytes', 'Size of the newest snapshot.', ['partition']);
  const passedBy = metrics.counter(
    'weir_snapshots_passed_by_total',
    'Snapshots that a start could not take over: written by an older weir, or a part of them is gone.',
    ['partition', 'why'],
  );
  const begunAnew = metrics.counter(
    'weir_begun_anew_total',
    'Pipelines and models whose version is another than that of what was remembered, in a partition: they begin with nothing.',
    ['what', 'name'],
  );
  const forgotten = metrics.counter(
    'weir_pipelines_entities_forgotten_total',
    'Entities forgotten because there were too many.',
    ['partition'],
  );
  const given = metrics.counter(
    'weir_pipeline_forgotten_total',
    'What was given up of a pipeline’s memory for a bound: cells of an entity, partial matches of a pattern.',
    ['pipeline', 'what'],
  );
  const behind = metrics.gauge(
    'weir_effects_put_by',
    'Whether what commits of a partition ask for waits in the log for room in its stream.',
    ['what', 'partition'],
  );
  const retries = metrics.counter('weir_retries_total', 'What had to be tried again.', ['reader']);
  const lost = metrics.counter(
    'weir_lost_messages_total',
    'Messages that retention took before a reader got to them.',
    ['reader'],
  );

  return {
    committed(said, tookMs) {
      records.inc({ partition: said.partition }, said.records);
      commits.observe(tookMs / 1_000);
      for (const { pipeline, output, howMany } of said.made) outputs.inc({ pipeline, output }, howMany);
      for (const pipeline of said.late) late.inc({ pipeline });
      for (const { pipeline, reason, eventId, org, detail } of said.dead) {
        dead.inc({ pipeline, reason });
        seldom(`pipeline ${pipeline} ${reason}`, (more) =>
          log.warn({ pipeline, reason, eventId, org, detail, more }, 'A pipeline could not handle an event'),
        );
      }
    },
    pipelinesReached(sequence, storedAt) {
      position.set(sequence);
      watermark.set(storedAt / 1_000);
    },
    snapshotWritten(partition, bytes, tookMs) {
      snapshots.observe(tookMs / 1_000);
      snapshotBytes.set({ partition }, bytes);
      log.debug({ partition, bytes, tookMs }, 'A snapshot is written');
    },
    effectsPutBy(what, partition, err) {
      behind.set({ what, partition }, 1);
      log.error({ what, partition, err }, 'A stream is full: what is for it is put by until there is room');
    },
    effectsCaughtUp(what, partition) {
      behind.set({ what, partition }, 0);
      log.info({ what, partition }, 'What was put by is in the log');
    },
    snapshotFailed: (partition, err) =>
      log.warn({ partition, err }, 'A snapshot could not be written; the next start takes longer'),
    snapshotPassedBy(partition, why) {
      passedBy.inc({ partition, why });
      log.warn({ partition, why }, 'A snapshot cannot be taken over; this start reads the log from further back');
    },
    pipelineBegunAnew(partition, { pipeline, from, to }) {
      begunAnew.inc({ what: 'pipeline', name: pipeline });
      seldom(`anew pipeline ${pipeline}`, (more) =>
        log.warn(
          { partition, pipeline, from, to, more },
          'A pipeline has another version, and begins with an empty memory',
        ),
      );
    },
    modelBegunAnew(partition, { org, model, from, to }) {
      begunAnew.inc({ what: 'model', name: model });
      seldom(`anew model ${model}`, (more) =>
        log.warn({ partition, org, model, from, to, more }, 'A model has another version, and learns anew'),
      );
    },
    positionRejected: (reader, verdict) =>
      log.error({ reader, verdict }, 'The log is not as this reader left it; it goes back to what still fits'),
    eventsLost(reader, from, to) {
      lost.inc({ reader }, to - from + 1);
      log.error({ reader, from, to }, 'Events are lost: retention took them before they were read');
    },
    entitiesForgotten(partition, howMany) {
      forgotten.inc({ partition }, howMany);
      seldom(`forgotten ${partition}`, (more) =>
        log.warn({ partition, howMany, more }, 'Entities are forgotten: pipeline.maxEntities is reached'),
      );
    },
    memoryForgotten({ pipeline, what, howMany }) {
      given.inc({ pipeline, what }, howMany);
      seldom(`forgotten ${what} ${pipeline}`, (more) =>
        log.warn(
          { pipeline, what, howMany, more },
          'A pipeline remembers more of an entity than is kept; the rest is given up',
        ),
      );
    },
    fenced: (partition, by) => log.error({ partition, by }, 'Another worker has this partition; this one stops'),
    settingsChanged: (org, version, sequence) =>
      log.info({ org, version, sequence }, 'Settings have changed: they hold from here on in the log'),
    retrying(reader, err, waitMs) {
      retries.inc({ reader });
      seldom(`retrying ${reader}`, (more) => log.warn({ reader, err, waitMs, more }, 'Trying again'));
    },
  };
}
