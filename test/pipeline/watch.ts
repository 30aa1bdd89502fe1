import { map, merge, share } from 'rxjs';
import { expect } from 'vitest';
import { createAlerts } from '../../src/alerts/service.ts';
import type { Log } from '../../src/log/log.ts';
import { definePipeline, isEvent, type Input } from '../../src/pipeline/define.ts';
import { absent } from '../../src/pipeline/operators/absent.ts';
import { alerted } from '../../src/pipeline/operators/alerted.ts';
import { counted } from '../../src/pipeline/operators/counted.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import { aRuntime } from '../support/runtime.ts';

export const clock = { now: () => Date.UTC(2026, 5, 1) };

export const start = Date.UTC(2026, 0, 1);

/** Counts, waits and alerts: something of everything that has state. */
export const watch = definePipeline({
  name: 'watch',
  version: 1,
  description: 'for a test',
  streams: ['custom'],
  makes: ['notes', 'silence'],
  run: (input, state) => {
    const counts = input.pipe(counted(state, 'notes', { match: isEvent, within: '1h' }), share());
    return merge(
      counts.pipe(
        map(({ count }) => ({
          output: 'score' as const,
          name: 'notes',
          subject: null,
          value: count,
          confidence: 1,
          contributions: [],
        })),
      ),
      counts.pipe(
        alerted(state, 'many', {
          repeatEvery: '5m',
          expireAfter: '1d',
          judge: ({ count }) =>
            count > 3
              ? {
                  raise: {
                    kind: 'financial',
                    severity: count > 5 ? 'critical' : 'warning',
                    title: 'many',
                    evidence: [],
                    recommendedActions: [],
                    roles: [],
                    sources: ['custom'],
                  },
                }
              : undefined,
        }),
      ),
      input.pipe(
        absent(state, 'silence', { awaiting: (one: Input) => one.id, ends: () => true, within: '2h' }),
        map(({ cause }) => ({
          output: 'score' as const,
          name: 'silence',
          subject: null,
          value: 1,
          confidence: 1,
          contributions: [],
          cause,
        })),
      ),
    );
  },
});

export async function runOver(
  log: Log,
  memory: MemoryLog,
  options: Partial<Parameters<typeof aRuntime>[0]> = {},
): Promise<void> {
  const alerts = createAlerts({
    log,
    clock,
    retentionMs: 30 * 86_400_000,
    happened: { alertTransition: () => undefined, observationIgnored: () => undefined, alertRaceLost: () => undefined },
  });
  let failed = false;
  const runtime = aRuntime({
    log,
    pipelines: [watch],
    effects: alerts,
    clock,
    failed: () => {
      failed = true;
    },
    ...options,
  });
  try {
    await runtime.start();
  } catch {
    // Killed while it began; the next start goes on.
    return;
  }
  const { lastSequence } = await memory.info('EVENTS');
  await expect.poll(() => failed || runtime.reached().sequence === lastSequence).toBe(true);
  await runtime.stop();
}
