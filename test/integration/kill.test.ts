import { describe, expect, test } from 'vitest';
import { runKillTest } from '../support/kill.ts';
import { natsMissing } from '../support/nats.ts';

const timeoutMs = 240_000;

/** The short form. At full size: `npm run test:kill`. */
describe('killed again and again, weir leaves no trace of it: same scores, same alerts, everything stored once', () => {
  test(
    'on the embedded log',
    async () => {
      const report = await runKillTest({ log: 'embedded', events: 1_500, daemonKills: 3, serverKills: 0, seed: '1' });
      expect(report.faults).toEqual([]);
      expect(report.figures).toMatchObject({ events: 1_500, daemonKills: 3 });
      expect(report.figures['transitions']).toBeGreaterThan(50);
    },
    timeoutMs,
  );

  test(
    'on JetStream, whose server is killed too',
    async ({ skip }) => {
      const missing = natsMissing();
      if (missing !== undefined) {
        console.info(`skipped: ${missing}`);
        skip(missing);
      }
      const report = await runKillTest({ log: 'jetstream', events: 1_500, daemonKills: 3, serverKills: 1, seed: '2' });
      expect(report.faults).toEqual([]);
      expect(report.figures).toMatchObject({ events: 1_500, daemonKills: 3, serverKills: 1 });
      expect(report.figures['transitions']).toBeGreaterThan(50);
    },
    timeoutMs,
  );
});
