import type { ArchiveHappenings } from '../../store/clickhouse/happenings.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function archiveHappened({ log, metrics, seldom }: Observing): ArchiveHappenings {
  const rows = metrics.counter('weir_archive_rows_total', 'Rows in ClickHouse.', ['table']);
  const bytes = metrics.counter('weir_archive_bytes_total', 'What they were, as sent.', ['table']);
  const inserts = metrics.histogram(
    'weir_archive_insert_duration_seconds',
    'How long an insert takes.',
    durationBuckets,
    ['table'],
  );
  const position = metrics.gauge('weir_archive_position', 'Sequence through which all is archived.', ['stream']);
  const watermark = metrics.gauge(
    'weir_archive_watermark_timestamp_seconds',
    'Log time through which all is archived.',
    ['stream'],
  );
  const refused = metrics.counter('weir_archive_rows_refused_total', 'Rows that are dead letters.', ['table']);
  const delays = metrics.counter('weir_archive_delays_total', 'How often the archive had to wait.', ['stream']);
  const rewritersLost = metrics.counter(
    'weir_archive_rewriters_lost_total',
    'How often a batch was read again, for the thread that makes the rows ended.',
    ['stream'],
  );
  const lost = metrics.counter(
    'weir_archive_lost_messages_total',
    'Messages that retention took before they were archived.',
    ['stream'],
  );
  return {
    rowsInserted(table, howMany, size, ms) {
      rows.inc({ table }, howMany);
      bytes.inc({ table }, size);
      inserts.observe(ms / 1_000, { table });
    },
    archived(stream, sequence, storedAt) {
      position.set({ stream }, sequence);
      watermark.set({ stream }, storedAt / 1_000);
    },
    rowRefused(stream, table, sequence, detail) {
      refused.inc({ table });
      seldom(`row ${table}`, (more) =>
        log.warn({ stream, table, sequence, detail, more }, 'ClickHouse refused a row; it is a dead letter'),
      );
    },
    archiveDelayed(stream, reason, retryMs) {
      delays.inc({ stream });
      seldom(`archive ${stream}`, (more) =>
        log.warn({ stream, reason, retryMs, more }, 'The archive waits; nothing is lost'),
      );
    },
    archiveResumed: (stream, awayMs) => log.info({ stream, awayMs }, 'The archive goes on'),
    archiveRepeated: (stream, from, to) => log.info({ stream, from, to }, 'What was being inserted is inserted again'),
    rewriterLost(stream, err) {
      rewritersLost.inc({ stream });
      log.warn({ stream, err }, 'The thread that makes the rows ended; what it had is read again');
    },
    archiveLost(stream, from, to) {
      lost.inc({ stream }, to - from + 1);
      log.error({ stream, from, to }, 'Messages are lost to the archive: retention took them first');
    },
    archiveRebuilding: (stream, verdict) =>
      log.error({ stream, verdict }, 'The log is not the one that was archived; the archive begins again'),
    archiveFenced: (stream) => log.error({ stream }, 'Another archive has this stream; this one stops following it'),
    archiveFailed: (stream, err) => log.error({ stream, err }, 'The archive cannot go on with this stream'),
  };
}
