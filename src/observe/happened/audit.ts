import type { AuditHappenings } from '../../audit/audit.ts';
import type { Observing } from '../happened.ts';

export function auditHappened({ log, metrics, seldom }: Observing): AuditHappenings {
  const lost = metrics.counter('weir_audit_lost_total', 'What was done and is not in the audit.');
  return {
    auditDelayed(reason, retryMs) {
      seldom('audit', (more) => log.warn({ reason, retryMs, more }, 'The audit waits for the log; nothing is lost'));
    },
    auditLost(entries, reason) {
      lost.inc({}, entries);
      seldom('audit lost', (more) => log.error({ entries, reason, more }, 'What was done is missing in the audit'));
    },
  };
}
