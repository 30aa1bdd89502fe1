import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { alertKinds } from '../../src/core/alert.ts';
import { freePort, weirCommand } from '../support/daemon.ts';
import { natsMissing, startNats } from '../support/nats.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const run = promisify(execFile);
/** It usually takes 15 s. On a busy machine it plays for 48 s at most, settles in 60 s and stops in 10 s. */
const endsWithinMs = 180_000;
const { NATS_URL: _, CLICKHOUSE_URL: __, ...env } = process.env;

describe('the demo ends with 0: every planted story is alerted, and every event accounted for', () => {
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

/** It exits with 1, and so rejects here, where a story's alert is missing or the law does not hold. */
async function demo(more: Readonly<Record<string, string>>): Promise<void> {
  const argv = [...weirCommand(), 'demo', '--for', '12', '--json', '--port', String(await freePort())];
  const { stdout, stderr } = await run(process.execPath, argv, { env: { ...env, ...more } });
  const summary: Summary = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost, alerts } = summary;
  expect(received).toBeGreaterThan(1_000);
  expect(received).toBe(ignored + rejected + accepted);
  expect(accepted).toBe(stored + duplicates + dead + pending + lost);
  expect({ pending, lost, rejected }).toEqual({ pending: 0, lost: 0, rejected: 0 });
  expect(Object.keys(alerts.byKind).toSorted()).toEqual([...alertKinds].toSorted());
  expect(stderr).toMatch(/(\d+) of \1 planted alerts fired/);
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
  readonly alerts: { readonly byKind: Readonly<Record<string, number>> };
}
