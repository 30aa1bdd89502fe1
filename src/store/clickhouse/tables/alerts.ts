import type { AlertTransition } from '../../../core/alert.ts';
import type { Rewriting } from './rewriting.ts';

/** ALERTS → `alert_transitions`, every one; and `alerts`, where the highest version is the alert as it is. */
export const alerts: Rewriting = {
  stream: 'ALERTS',
  tables: ['alert_transitions', 'alerts'],
  pull: 200,
  keeps: () => true,
  write: ({ sequence, storedAt, data }, rows) => {
    const { alert, ...happened }: AlertTransition = JSON.parse(Buffer.from(data).toString());
    rows('alert_transitions').add(sequence, { ...alert, ...happened, storedAt });
    rows('alerts').add(sequence, { ...alert, storedAt });
  },
};
