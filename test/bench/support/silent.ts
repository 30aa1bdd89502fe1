import { pino } from 'pino';
import { systemClock } from '../../../src/core/clock.ts';
import { createHappened, type Happened } from '../../../src/observe/happened.ts';
import { createMetrics } from '../../../src/observe/metrics.ts';

/** What happens is counted as ever, and only what should not happen is said. */
export function silent(): Happened {
  return createHappened({
    log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
    metrics: createMetrics({ version: 'bench', scrapeFailed: () => undefined }),
    clock: systemClock,
  });
}
