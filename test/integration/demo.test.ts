import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { alertKinds } from '../../src/core/alert.ts';
import { unplannedShareMax } from '../../src/simulate/outcome.ts';
import { stories as told } from '../../src/simulate/scenarios.ts';
import { weirCommand } from '../support/daemon.ts';
import { natsMissing, startNats } from '../support/nats.ts';
import { freePort } from '../support/port.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const run = promisify(execFile);
/** It usually takes 20 s. On a busy machine it plays for 48 s at most, settles in 60 s and stops in 10 s. */
const endsWithinMs = 180_000;
const { NATS_URL: _, CLICKHOUSE_URL: __, ...env } = process.env;

describe('the demo ends with 0: every planted story is found, and its cause named by a run of agents; little else is alerted, and every event accounted for', () => {
  test('with nothing but Node', () => demo({}), endsWithinMs);

  test(
    'on a NATS server',
    async ({ skip }) => {
      const missing = natsMissing();
      if (missing !== undefined) skip(missing);
      const nats = await startNats();
      undo.push(nats.stop);
      await demo({ NATS_URL: nats.url });
    },
    endsWithinMs,
  );
});

/** It exits with 1, and so rejects here, where a story is not found or explained, too much else is alerted, or the law does not hold. */
async function demo(more: Readonly<Record<string, string>>): Promise<void> {
  const argv = [...weirCommand(), 'demo', '--for', '12', '--json', '--expect', '--port', String(await freePort())];
  const { stdout, stderr } = await run(process.execPath, argv, { env: { ...env, ...more } });
  const summary: Summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost, alerts } = summary;
  expect(received).toBeGreaterThan(1_000);
  expect(received).toBe(ignored + rejected + accepted);
  expect(accepted).toBe(stored + duplicates + dead + pending + lost);
  expect({ pending, lost, rejected }).toEqual({ pending: 0, lost: 0, rejected: 0 });
  expect(Object.keys(alerts.byKind).toSorted()).toEqual([...alertKinds].toSorted());
  const { stories, unplannedAlerts } = summary;
  expect(stories.planted).toBe(told.length);
  expect(stories.found).toBe(stories.planted);
  expect(stories.medianDelaySeconds).toBeGreaterThan(0);
  const { total, completed, failed, undone, steps } = summary.runs;
  expect(total).toBeGreaterThanOrEqual(told.length);
  expect({ completed, failed, undone }).toEqual({ completed: total, failed: 0, undone: 0 });
  expect(steps).toBeGreaterThan(total);
  for (const { name } of told) expect(stderr).toMatch(new RegExp(String.raw`^${name} +cause named$`, 'm'));
  expect(unplannedAlerts).toBeLessThanOrEqual(alerts.total * unplannedShareMax);
  for (const { name } of told) expect(stderr).toMatch(new RegExp(String.raw`^${name} +(\d) +\1 +\d`, 'm'));
}

interface Summary {
  readonly received: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly accepted: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  readonly pending: number;
  readonly lost: number;
  readonly stories: { readonly planted: number; readonly found: number; readonly medianDelaySeconds: number };
  readonly unplannedAlerts: number;
  readonly runs: Readonly<Record<'total' | 'completed' | 'failed' | 'undone' | 'steps' | 'approvals', number>>;
  readonly alerts: { readonly total: number; readonly byKind: Readonly<Record<string, number>> };
}
