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
  // As many as there are routes and answers. Telling labels apart by their values costs more than all else here.
  const durations = new Map<string, { observe(seconds: number): void }>();
  return {
    requestAnswered({ method, route, status, ms }) {
      const labels = `${method} ${status} ${route}`;
      const one = durations.get(labels) ?? duration.labels({ method, route, status });
      durations.set(labels, one);
      one.observe(ms / 1_000);
    },
    requestFailed({ id, method, route, error: err }) {
      log.error({ request: id, method, route, err }, 'A request was answered 500');
    },
    connectionRefused(reason) {
      refused.inc({ reason });
      seldom(`http ${reason}`, (more) => log.warn({ reason, more }, 'A connection was refused: it held no request'));
    },
  };
}
