import { describe, expect, test } from 'vitest';
import { createAlerts, type Alerts } from '../../src/alerts/service.ts';
import type { AlertObservation } from '../../src/core/alert.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { alertIdOf, cleared, epoch, expired, raised } from '../support/alerts.ts';
import { command } from './facts.ts';

const dayMs = 86_400_000;
const id = alertIdOf('acme', 'account:brightloom');
const commit = (...alertObservations: readonly AlertObservation[]) => ({ alertObservations });

interface Setting {
  readonly log: MemoryLog;
  readonly alerts: Alerts;
  readonly another: Alerts;
  readonly told: string[];
}

function setting(): Setting {
  const clock = { now: () => epoch };
  const log = createMemoryLog(clock);
  const told: string[] = [];
  const happened = {
    alertTransition: ({ transition }: { transition: string }) => void told.push(transition),
    observationIgnored: (_: string, reason: string) => void told.push(reason),
    alertRaceLost: () => void told.push('race lost'),
  };
  const create = () => createAlerts({ log, clock, happened, retentionMs: 30 * dayMs, concurrency: 4 });
  return { log, alerts: create(), another: create(), told };
}

describe('a commit', () => {
  test('becomes transitions on the subject of each alert, in order', async () => {
    const { log, alerts } = setting();
    const names = Array.from({ length: 10 }, (_, index) => `account:${index}`);
    const observations = [1, 2, 3].flatMap((position) =>
      names.map((name) => (position === 3 ? cleared({ name, position }) : raised({ name, position }))),
    );
    await alerts.apply(commit(...observations), epoch);
    expect(log.messagesOf('ALERTS')).toHaveLength(30);
    for (const name of names) {
      const own = log
        .messagesOf('ALERTS')
        .filter(({ subject }) => subject === `weir.alerts.acme.${alertIdOf('acme', name)}`);
      const transitions = own.map(({ data }): { transition: string } => JSON.parse(Buffer.from(data).toString()));
      expect(transitions.map(({ transition }) => transition)).toEqual(['opened', 'updated', 'resolved']);
    }
  });

  test('applied again, by this worker or by one that just started, appends nothing', async () => {
    const { log, alerts, another } = setting();
    const again = commit(raised({ position: 1 }), expired({ position: 4 }), raised({ position: 4, ordinal: 1 }));
    await alerts.apply(again, epoch);
    const once = log.jsonOf('ALERTS');
    await alerts.apply(again, epoch);
    await another.apply(again, epoch);
    expect(log.jsonOf('ALERTS')).toEqual(once);
    expect(once).toHaveLength(3);
  });

  test('of which half is in the log is completed when it is applied again', async () => {
    const { log, alerts, another } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch);
    await another.apply(
      commit(raised({ position: 1 }), raised({ position: 2 }), raised({ name: 'b', position: 2 })),
      epoch,
    );
    expect(log.jsonOf('ALERTS')).toHaveLength(3);
    expect(await alerts.get('acme', id)).toMatchObject({ version: 2, count: 2 });
    expect(await alerts.get('acme', alertIdOf('acme', 'b'))).toMatchObject({ version: 1, count: 1 });
  });

  test('is refused while the log is away, all of it settled, and goes through after that', async () => {
    const { log, alerts } = setting();
    const both = commit(raised({ position: 1 }), raised({ name: 'b', position: 1 }));
    log.failAppends('log-unavailable');
    await expect(alerts.apply(both, epoch)).rejects.toMatchObject({ code: 'log-unavailable' });
    log.failAppends(undefined);
    await alerts.apply(both, epoch);
    expect(log.jsonOf('ALERTS')).toHaveLength(2);
  });

  test('gives the same bytes on another log at another time', async () => {
    const [one, other] = [setting(), setting()];
    const all = [
      raised({ position: 1 }),
      raised({ position: 2, count: 3 }),
      cleared({ position: 3 }),
      raised({ position: 8 }),
    ];
    await one.alerts.apply(commit(...all), epoch);
    for (const each of all) await other.alerts.apply(commit(each), epoch - 3 * dayMs);
    expect(other.log.messagesOf('ALERTS').map(({ data }) => data)).toEqual(
      one.log.messagesOf('ALERTS').map(({ data }) => data),
    );
  });

  test('older than the log keeps alerts opens none: that would be a second birth', async () => {
    const { log, alerts, told } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch - 31 * dayMs);
    expect(log.jsonOf('ALERTS')).toEqual([]);
    expect(told).toEqual(['forgotten']);
  });
});

describe('two writers', () => {
  test('who loses decides again: the worker after a person, with what it remembered', async () => {
    const { log, alerts, another, told } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch);
    await another.command('acme', id, command());
    await alerts.apply(commit(raised({ position: 2 })), epoch);
    expect(log.jsonOf('ALERTS').at(-1)).toMatchObject({ alert: { version: 3, status: 'acknowledged', count: 2 } });
    expect(told).toContain('race lost');
  });

  test('what is remembered never decides that nothing is to be done', async () => {
    const { log, alerts, another } = setting();
    await alerts.apply(commit(raised({ position: 1 }), cleared({ position: 2 })), epoch);
    await another.apply(commit(raised({ position: 3 })), epoch);
    await alerts.apply(commit(cleared({ position: 4 })), epoch);
    expect(log.jsonOf('ALERTS').at(-1)).toMatchObject({ transition: 'resolved', alert: { episode: 2, version: 4 } });
  });

  test('at the same time: each is applied once, versions without a gap', async () => {
    const { log, alerts, another } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch);
    const people = Array.from({ length: 8 }, (_, index) =>
      another.command('acme', id, command({ by: `person-${index}` })),
    );
    const worker = alerts.apply(commit(...[2, 3, 4, 5].map((position) => raised({ position }))), epoch);
    await Promise.all([...people, worker]);
    const all = log.jsonOf('ALERTS');
    expect(all).toHaveLength(6);
    expect(all).toMatchObject([1, 2, 3, 4, 5, 6].map((version) => ({ alert: { version } })));
  });
});

describe('a person', () => {
  test('acknowledges and resolves, and is given the alert after it', async () => {
    const { alerts } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch);
    expect(await alerts.command('acme', id, command())).toMatchObject({ status: 'acknowledged', version: 2 });
    expect(await alerts.command('acme', id, command())).toMatchObject({ status: 'acknowledged', version: 2 });
    expect(await alerts.command('acme', id, command({ kind: 'resolve', version: 2 }))).toMatchObject({
      status: 'resolved',
    });
    expect(await alerts.get('acme', id)).toMatchObject({ status: 'resolved', version: 3 });
  });

  test('is told what it is now, where it is another episode', async () => {
    const { alerts } = setting();
    await alerts.apply(commit(raised({ position: 1 }), cleared({ position: 2 }), raised({ position: 3 })), epoch);
    await expect(alerts.command('acme', id, command())).rejects.toMatchObject({
      code: 'version-conflict',
      extra: { version: 3, episode: 2, status: 'open' },
    });
  });

  test('finds no alert of another organisation', async () => {
    const { alerts } = setting();
    await alerts.apply(commit(raised({ position: 1 })), epoch);
    expect(await alerts.get('globex', id)).toBeUndefined();
    await expect(alerts.command('globex', id, command())).rejects.toMatchObject({ code: 'not-found' });
  });
});
