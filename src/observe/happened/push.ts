import type { PushHappenings } from '../../push/protocol.ts';
import type { Observing } from '../happened.ts';
import { durationBuckets } from '../metrics.ts';

export function pushHappened({ log, metrics, seldom }: Observing): PushHappenings {
  const latency = metrics.histogram(
    'weir_push_latency_seconds',
    'From the receipt of an event to its alert at the last subscriber.',
    durationBuckets,
  );
  const frames = metrics.counter('weir_push_frames_total', 'Alerts sent to subscribers.');
  const behind = metrics.gauge('weir_push_behind_subscribers', 'Subscribers that are served from the log.');
  const fellBehind = metrics.counter('weir_push_fell_behind_total', 'How often a subscriber fell behind.');
  const gaps = metrics.counter('weir_push_gaps_total', 'How often a subscriber was told that something is missing.');
  const open = metrics.gauge('weir_push_connections', 'Open connections.', ['kind']);
  const refused = metrics.counter('weir_push_refused_total', 'Connections that were refused.', ['code']);
  const closed = metrics.counter('weir_push_closed_total', 'Connections that were closed, and why.', [
    'kind',
    'reason',
  ]);
  const failed = metrics.counter('weir_push_failed_total', 'Connections that failed.', ['kind']);
  return {
    alertPushed(_org, subscriptions, latencyMs) {
      if (subscriptions > 0) latency.observe(latencyMs / 1_000);
      frames.inc(subscriptions);
    },
    subscriberFellBehind(org) {
      behind.inc();
      fellBehind.inc();
      seldom(`behind ${org}`, (more) =>
        log.warn({ org, more }, 'A subscriber reads slowly; it is served from the log'),
      );
    },
    subscriberCaughtUp: () => behind.dec(),
    gapTold(org) {
      gaps.inc();
      seldom(`gap ${org}`, (more) => log.warn({ org, more }, 'A subscriber asked for what is no longer in the log'));
    },
    openAlertsOverLimit: (org, limit) => log.warn({ org, limit }, 'More alerts are open than are kept in memory'),
    transitionUnreadable: (sequence, detail) =>
      log.error({ sequence, detail }, 'A message of ALERTS is not a transition'),
    transitionsLost: (from, to) =>
      log.error({ from, to }, 'Transitions are lost to subscribers: retention took them first'),
    pushReadFailed(detail) {
      seldom('push', (more) => log.warn({ detail, more }, 'The alerts cannot be read; trying again'));
    },
    subscribersConnected: (kind, howMany) => open.set({ kind }, howMany),
    subscriberRefused: (code) => refused.inc({ code }),
    subscriberGone: (kind, reason) => closed.inc({ kind, reason }),
    subscriberFailed(kind, detail) {
      failed.inc({ kind });
      seldom(`subscriber ${kind}`, (more) =>
        log.warn({ kind, detail, more }, 'A connection failed; its cursor stays good'),
      );
    },
  };
}
