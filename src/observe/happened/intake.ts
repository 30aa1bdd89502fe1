import type { IntakeHappenings } from '../../intake/happenings.ts';
import type { Observing } from '../happened.ts';

export function intakeHappened({ log, metrics, seldom }: Observing): IntakeHappenings {
  const received = metrics.counter('weir_intake_received_events_total', 'Events at the door.', ['source']);
  const events = metrics.counter(
    'weir_intake_events_total',
    'What became of events at the door: ignored, rejected, stored, duplicate or dead. Together they are those received.',
    ['source', 'outcome'],
  );
  const refused = metrics.counter(
    'weir_intake_requests_refused_total',
    'Requests refused before their events could be told apart.',
    ['source', 'code'],
  );
  const clamped = metrics.counter(
    'weir_intake_time_clamped_events_total',
    'Events that claimed a time too far ahead.',
    ['source'],
  );
  const letters = metrics.counter('weir_dead_letters_total', 'Dead letters, by where and why.', [
    'hop',
    'source',
    'reason',
  ]);
  const ids = metrics.gauge('weir_seen_ids', 'Ids remembered to tell duplicates.');
  const evicted = metrics.counter(
    'weir_seen_evicted_ids_total',
    'Ids forgotten before their time: the organisation has too many.',
  );
  const delayed = metrics.counter(
    'weir_intake_delayed_messages_total',
    'Messages of INTAKE that have to be tried again.',
    ['code'],
  );

  return {
    eventsReceived(_org, source, tally) {
      received.inc({ source }, tally.received);
      const add = (outcome: string, howMany: number) => {
        if (howMany > 0) events.inc({ source, outcome }, howMany);
      };
      add('ignored', tally.ignored);
      add('rejected', tally.rejected);
      add('stored', tally.stored);
      add('duplicate', tally.duplicates);
      add('dead', tally.dead);
    },
    requestRefused(org, source, code) {
      refused.inc({ source, code });
      seldom(`refused ${org} ${source} ${code}`, (more) =>
        log.warn({ org, source, code, more }, 'A request was refused'),
      );
    },
    timeClamped: (source) => clamped.inc({ source }),
    deadLettered({ id, org, hop, source, reason, detail }) {
      letters.inc({ hop, source, reason });
      seldom(`dead ${org} ${source} ${reason}`, (more) =>
        log.warn({ id, org, hop, source, reason, detail, more }, 'Kept as a dead letter'),
      );
    },
    seenRebuilt: (reason) => log.info({ reason }, 'What was seen before is read from the log again'),
    seenSize: (howMany) => ids.set(howMany),
    seenEvicted(org, howMany) {
      evicted.inc(howMany);
      seldom(`evicted ${org}`, (more) => log.warn({ org, ids: howMany, more }, 'Ids were forgotten before their time'));
    },
    seenFailed: (reason, delayMs) =>
      log.warn({ reason, delayMs }, 'The disk does not take what was seen; trying again'),
    intakeDelayed(code, delayMs) {
      delayed.inc({ code });
      seldom(`intake ${code}`, (more) => log.warn({ code, delayMs, more }, 'A message of INTAKE is tried again'));
    },
  };
}
