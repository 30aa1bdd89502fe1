import type { LogHappenings } from '../../log/log.ts';
import type { Observing } from '../happened.ts';

export function logHappened({ log, metrics }: Observing): LogHappenings {
  const connected = metrics.gauge('weir_log_connected', 'Whether the log can be reached: 1 or 0.');
  const disconnects = metrics.counter('weir_log_disconnects_total', 'How often the connection to the log was lost.');
  const away = metrics.counter('weir_log_away_seconds_total', 'How long the log could not be reached, in all.');
  connected.set(1);
  return {
    logDisconnected(reason) {
      connected.set(0);
      disconnects.inc();
      log.warn({ reason }, 'The log cannot be reached; connecting again');
    },
    logReconnected(awayMs) {
      connected.set(1);
      away.inc(awayMs / 1_000);
      log.info({ awayMs }, 'The log can be reached again');
    },
  };
}
