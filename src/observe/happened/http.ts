import type { HttpHappenings } from '../../http/server.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function httpHappened({ log, metrics, seldom }: Observing): HttpHappenings {
  const duration = metrics.histogram(
    'weir_http_request_duration_seconds',
    'From the arrival of a request to the end of its answer.',
    durationBuckets,
    ['method', 'route', 'status'],
  );
  const refused = metrics.counter('weir_http_connections_refused_total', 'Connections that held no request.', [
    'reason',
  ]);
  return {
    requestAnswered: ({ method, route, status, ms }) => duration.observe(ms / 1_000, { method, route, status }),
    requestFailed({ id, method, route, error: err }) {
      log.error({ request: id, method, route, err }, 'A request was answered 500');
    },
    connectionRefused(reason) {
      refused.inc({ reason });
      seldom(`http ${reason}`, (more) => log.warn({ reason, more }, 'A connection was refused: it held no request'));
    },
  };
}
