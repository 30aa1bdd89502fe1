import type { TaskDraft } from '../../src/pipeline/define.ts';
import { evidenceOf } from '../../src/pipeline/evidence.ts';
import type { Health } from './runs.ts';
import type { Tuned } from './settings.ts';

/** Agents look closer at a service once it is out of its usual for so long that it is an alarm. */
export function lookInto({ oddToAlarm }: Tuned, health: Health): readonly TaskDraft[] {
  if (health.kind === 'calm' || health.odd !== oddToAlarm) return [];
  return [
    {
      output: 'task',
      name: 'system_performance',
      goal: 'Say what is wrong with this service since when, whom it reaches, and what to do',
      context: { because: evidenceOf(health.draft).text, metrics: [...health.metrics] },
      alert: { rule: 'service-unusual' },
    },
  ];
}
