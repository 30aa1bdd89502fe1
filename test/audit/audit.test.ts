import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createAudit, type Audit, type AuditDeps } from '../../src/audit/audit.ts';
import type { AuditRecord } from '../../src/core/audit.ts';
import { WeirError } from '../../src/core/errors.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';

const now = Date.UTC(2026, 5, 1, 9);
const at = '2026-06-01T09:00:00.000Z';

let log: MemoryLog;
let told: string[];
let audit: Audit;

beforeEach(() => {
  log = createMemoryLog({ now: () => now });
  told = [];
});
afterEach(() => audit.stop());

const released = (target: string): AuditRecord => ({
  org: 'acme',
  by: 'ada',
  action: 'model.release',
  target,
  outcome: 'done',
  code: '',
  why: 'an import gone wrong',
  data: { version: 2 },
});

async function auditing(given: Partial<AuditDeps> = {}): Promise<void> {
  audit = createAudit({
    log,
    clock: { now: () => now },
    happened: {
      auditDelayed: () => void told.push('delayed'),
      auditLost: (entries, reason) => void told.push(`${entries} lost: ${reason}`),
    },
    wait: () => new Promise((resolve) => void setImmediate(resolve)),
    drainMs: 20,
    ...given,
  });
  await audit.start();
}

const targets = () =>
  z
    .array(z.object({ target: z.string() }))
    .parse(log.jsonOf('AUDIT'))
    .map(({ target }) => target);
const names = (howMany: number) => Array.from({ length: howMany }, (_, index) => `m${index}`);

describe('the audit', () => {
  test('has what was recorded on the log, under its organisation, in order, with when', async () => {
    await auditing();
    for (const name of names(20)) audit.record(released(name));
    await until(() => audit.waiting() === 0);
    expect(targets()).toEqual(names(20));
    expect(log.messagesOf('AUDIT')[0]?.subject).toBe('weir.audit.acme');
    expect(log.jsonOf('AUDIT')[0]).toEqual({ ...released('m0'), id: expect.any(String), at });
    expect(told).toEqual([]);
  });

  test('keeps nobody waiting while the log is away or full, and has all of it in the end, once', async () => {
    await auditing();
    for (const code of ['log-unavailable', 'log-full'] as const) {
      log.failAppends(code);
      audit.record(released(code));
      audit.record(released(`after ${code}`));
      await until(() => told.length >= 3);
      expect(audit.waiting()).toBe(2);
      log.failAppends(undefined);
      await until(() => audit.waiting() === 0);
      told.splice(0);
    }
    expect(targets()).toEqual(['log-unavailable', 'after log-unavailable', 'log-full', 'after log-full']);
  });

  test('has an entry once whose acknowledgement was lost', async () => {
    let lost = false;
    await auditing({
      log: {
        async append(message) {
          const appended = await log.append(message);
          if (lost) return appended;
          lost = true;
          throw new WeirError('log-unavailable', 'It went away.');
        },
      },
    });
    audit.record(released('m'));
    await until(() => audit.waiting() === 0);
    expect(targets()).toEqual(['m']);
    expect(told).toEqual(['delayed']);
  });

  test('holds so many and no more, and says what is lost', async () => {
    log.failAppends('log-unavailable');
    await auditing({ waitingMax: 3 });
    for (const name of names(5)) audit.record(released(name));
    expect(audit.waiting()).toBe(3);
    expect(told.filter((each) => each.startsWith('1 lost'))).toEqual(
      Array(2).fill('1 lost: 3 entries wait for the log'),
    );
    log.failAppends(undefined);
    await until(() => audit.waiting() === 0);
    expect(targets()).toEqual(names(3));
  });

  test('goes on after an entry that the log does not take at all', async () => {
    log.failAppends('message-too-large');
    await auditing();
    audit.record(released('huge'));
    await until(() => told.length === 1);
    log.failAppends(undefined);
    audit.record(released('small'));
    await until(() => audit.waiting() === 0);
    expect(targets()).toEqual(['small']);
    expect(told).toEqual([expect.stringMatching(/^1 lost/)]);
  });

  test('has what was recorded before a stop, and says where the log did not take it', async () => {
    await auditing({ drainMs: 60_000 });
    for (const name of names(20)) audit.record(released(name));
    await audit.stop();
    expect(targets()).toEqual(names(20));

    await auditing({ wait: () => new Promise(() => undefined) });
    log.failAppends('log-unavailable');
    audit.record(released('late'));
    await audit.stop();
    audit.record(released('later'));
    expect(told).toEqual(['delayed', '1 lost: weir stopped before the log took them', '1 lost: weir was stopping']);
  });
});
