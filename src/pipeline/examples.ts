import type { ModelRecord } from '../core/model.ts';
import { idOf } from '../core/ids.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import type { Effects } from './effects.ts';

/**
 * Appends what outcomes teach to EVENTS, where every partition reads it. One after the other: models take an example for a
 * repetition where they have taken a later one of the same partition, so none may overtake another.
 */
export function createExamples(log: Pick<Log, 'append'>): Effects {
  return {
    async apply({ partition, examples }) {
      for (const example of examples) {
        const { org, model, position, ordinal } = example;
        const record: ModelRecord = { record: 'example', partition, ...example };
        await log.append({
          stream: 'EVENTS',
          subject: subjects.models(org),
          data: Buffer.from(JSON.stringify(record), 'utf8'),
          id: idOf('example', org, model, String(partition), String(position), String(ordinal)),
        });
      }
    },
  };
}
