import { z } from 'zod';
import type { Log } from '../log/log.ts';

/** Before which sequence of RUNS every run has ended: where a conductor starts to read. A hint: without it everything is read. */
export interface Floor {
  load(): Promise<number>;
  save(sequence: number): Promise<void>;
}

const key = 'runs.floor';
const stored = z.object({ created: z.string(), sequence: z.int().min(0) });

export function createFloor(log: Log): Floor {
  let created = '';
  let saved = 0;

  return {
    async load() {
      const info = await log.info('RUNS');
      created = info.created;
      const entry = await log.kv.get(key);
      const found = entry && stored.safeParse(JSON.parse(Buffer.from(entry.value).toString('utf8'))).data;
      // Of another log, or of one that was restored to an earlier state, it says nothing.
      saved = found?.created === created && found.sequence <= info.lastSequence ? found.sequence : 0;
      return saved;
    },
    async save(sequence) {
      if (sequence <= saved) return;
      const entry = await log.kv.get(key);
      // Where another conductor was faster, its floor does.
      await log.kv.put(key, Buffer.from(JSON.stringify({ created, sequence })), entry?.revision ?? 0);
      saved = sequence;
    },
  };
}
