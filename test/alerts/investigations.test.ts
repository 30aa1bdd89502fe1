import { afterEach, describe, expect, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { createInvestigations, type InvestigationHappenings } from '../../src/alerts/investigations.ts';
import { createAlerts } from '../../src/alerts/service.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import type { RunRequest } from '../../src/orchestration/run.ts';
import { aRequest } from '../orchestration/support/reference.ts';
import { alertIdOf, at, cleared, epoch, raised } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aRun } from './a-run.ts';

const dayMs = 86_400_000;
const id = alertIdOf('acme', 'account:brightloom');
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A daemon's part of it: the alerts and who reads RUNS. */
function daemonOn(log: MemoryLog) {
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const happened = {
    alertTransition: tell('transition'),
    observationIgnored: tell('ignored'),
    alertRaceLost: () => {},
  };
  const alerts = createAlerts({ log, clock: { now: () => epoch }, happened, retentionMs: 30 * dayMs });
  const investigating: InvestigationHappenings = {
    runIgnored: (_, reason) => void told.push(reason),
    endUnreadable: (sequence) => void told.push(`unreadable ${sequence}`),
    investigationsDelayed: tell('delayed'),
  };
  const failed = (error: unknown) => void told.push(String(error));
  const investigations = createInvestigations({ log, alerts, happened: investigating, failed });
  return { alerts, investigations, told };
}

async function say(log: MemoryLog, run: string, ...facts: readonly Fact[]): Promise<void> {
  await log.append({ stream: 'RUNS', subject: subjects.run('acme', run), data: encodeEntry(epoch, facts) });
}

const asked = (run: string, given: Partial<RunRequest> = {}): Fact => ({
  fact: 'requested',
  request: aRequest(run, { asOf: at(1), ...given }),
});

const finding = (title: string) => ({ kind: 'risk', title, confidence: 0.8, action: { text: 'Call them' } });
const result = {
  summary: 'They may leave.',
  confidence: 0.7,
  findings: ['one', 'two', 'three', 'four'].map(finding),
};
const ended: readonly Fact[] = [
  { fact: 'result-synthesised', result },
  { fact: 'run-ended', outcome: 'completed', why: 'every step is over' },
];

const transitionsIn = (log: MemoryLog) => log.messagesOf('ALERTS').map(({ data }) => decodeTransition(data));

describe('what comes of a run', () => {
  test('is not looked for among all runs, but remembered from where it was asked for', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const looked: string[] = [];
    const next: MemoryLog['next'] = (stream, subject, after) => (
      looked.push(subject),
      log.next(stream, subject, after)
    );
    const { alerts, investigations } = daemonOn({ ...log, next });
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    await say(log, 'r1', asked('r1', { alert: id }));
    await say(log, 'r1', ...ended);
    await investigations.start();
    stops.push(() => investigations.stop());
    await until(() => investigations.reached() === 2);
    expect((await alerts.get('acme', id))?.runs).toMatchObject([{ id: 'r1' }]);
    expect(looked).toEqual([]);
  });

  test('stands with the alert in short, however much there is to say: the log takes every transition of it', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const { alerts, investigations } = daemonOn(log);
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    const long = 'x'.repeat(50_000);
    const told = { ...finding(long), action: { text: long } };
    const wordy = { summary: long, confidence: 0.7, findings: [told, told, told] };
    for (const run of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'r10']) {
      await say(log, run, asked(run, { alert: id }));
      await say(log, run, { fact: 'result-synthesised', result: wordy }, ...ended.slice(1));
    }
    await investigations.start();
    stops.push(() => investigations.stop());
    await until(() => investigations.reached() === 20);
    expect((await alerts.get('acme', id))?.runs).toHaveLength(10);
    const largest = Math.max(...log.messagesOf('ALERTS').map(({ data }) => data.length));
    expect(largest).toBeLessThan(100_000);
  });

  test('stands with the alert that caused it, with its first three findings', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const { alerts, investigations, told } = daemonOn(log);
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    await say(log, 'r1', asked('r1', { alert: id }));
    await say(log, 'none', asked('none'), ...ended);
    await say(log, 'r1', ...ended);
    await say(log, 'failed', asked('failed', { alert: id }));
    await say(log, 'failed', { fact: 'run-ended', outcome: 'failed', why: 'nobody could do it' });
    await investigations.start();
    stops.push(() => investigations.stop());
    await until(() => investigations.reached() === 5);
    expect(await alerts.get('acme', id)).toMatchObject({
      version: 3,
      status: 'open',
      runs: [
        { id: 'failed', outcome: 'failed', summary: 'nobody could do it', confidence: null, findings: [] },
        {
          id: 'r1',
          outcome: 'completed',
          summary: 'They may leave.',
          findings: [{ title: 'one', action: 'Call them' }, { title: 'two' }, { title: 'three' }],
        },
      ],
    });
    expect(told.filter((what) => what !== 'transition')).toEqual([]);
  });

  test('that cannot be read is passed over aloud, and the runs behind it go on to their alerts', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const { alerts, investigations, told } = daemonOn(log);
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    const broken = (run: string, text: string) =>
      log.append({ stream: 'RUNS', subject: subjects.run('acme', run), data: Buffer.from(text) });
    await say(log, 'end', asked('end', { alert: id }));
    await broken('end', '{"v":1,"facts":[{"fact":"run-ended"}]}');
    await broken('request', 'no entry');
    await say(log, 'request', ...ended);
    const other: Fact = { fact: 'result-synthesised', result: { summary: 'of another shape' } };
    await say(log, 'result', asked('result', { alert: id }), other, ...ended.slice(1));
    await say(log, 'r1', asked('r1', { alert: id }), ...ended);
    await investigations.start();
    stops.push(() => investigations.stop());
    await until(() => investigations.reached() === 6);
    expect((await alerts.get('acme', id))?.runs).toMatchObject([{ id: 'r1' }]);
    expect(told.filter((what) => what !== 'transition')).toEqual(['unreadable 2', 'unreadable 3', 'unreadable 5']);
  });

  test('stays with it as it is seen again, and goes with its episode', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const { alerts } = daemonOn(log);
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    expect(await alerts.attach('acme', id, aRun('r1'), at(1))).toBe('attached');
    await alerts.apply({ alertObservations: [raised({ position: 2 }), cleared({ position: 3 })] }, epoch);
    expect(await alerts.get('acme', id)).toMatchObject({ status: 'resolved', runs: [{ id: 'r1' }] });
    await alerts.apply({ alertObservations: [raised({ position: 4 })] }, epoch);
    expect((await alerts.get('acme', id))?.runs).toBeUndefined();
    expect(await alerts.attach('acme', id, aRun('r2'), at(1))).toBe('other-episode');
  });

  test('is written once by two daemons, killed before they note how far they are', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const one = daemonOn(log);
    await one.alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    for (const run of ['r1', 'r2', 'r3']) await say(log, run, asked(run, { alert: id }));
    for (const run of ['r1', 'r2', 'r3']) await say(log, run, ...ended);
    // None of them is told to stop before the next begins: each reads from the start.
    for (const { investigations } of [one, daemonOn(log), daemonOn(log)]) {
      await investigations.start();
      stops.push(() => investigations.stop());
      await until(() => investigations.reached() === 6);
    }
    expect(transitionsIn(log).map(({ transition }) => transition)).toEqual([
      'opened',
      ...Array(3).fill('investigated'),
    ]);
    expect(transitionsIn(log).map(({ alert }) => alert.version)).toEqual([1, 2, 3, 4]);
  });

  test('waits while the log takes nothing, and goes on from its note after a stop', async () => {
    const log = createMemoryLog({ now: () => epoch });
    const { alerts, investigations, told } = daemonOn(log);
    await alerts.apply({ alertObservations: [raised({ position: 1 })] }, epoch);
    await say(log, 'r1', asked('r1', { alert: id }), ...ended);
    log.failAppends('log-unavailable', 'ALERTS');
    await investigations.start();
    await until(() => told.includes('delayed'));
    expect(investigations.reached()).toBe(0);
    log.failAppends(undefined);
    await until(() => investigations.reached() === 1);
    await investigations.stop();

    const next = daemonOn(log);
    await next.investigations.start();
    expect(next.investigations.reached()).toBe(1);
    await next.investigations.stop();
    expect(transitionsIn(log)).toHaveLength(2);
  });
});
