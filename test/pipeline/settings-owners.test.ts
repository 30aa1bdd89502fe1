import { describe, expect, it } from 'vitest';
import type { OrgSettings } from '../../src/core/settings.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, aRuntime, commitsOf } from '../support/runtime.ts';
import { asked, clock, scoresIn, set, weighing, weightsIn } from './weighing.ts';

describe('of two daemons with different settings', () => {
  /** A daemon that goes on running, and what it failed of. */
  async function started(log: Log, orgSettings: ReadonlyMap<string, OrgSettings>) {
    const failures: unknown[] = [];
    const runtime = aRuntime({
      log,
      pipelines: [weighing],
      clock,
      orgSettings,
      failed: (error) => failures.push(error),
    });
    await runtime.start();
    return { runtime, failures };
  }

  const ends = (failures: readonly unknown[]) => expect.poll(() => failures[0]).toMatchObject({ code: 'fenced' });

  it('the one that is not the owner of the partitions is fenced, and its settings never hold', async () => {
    const log = createMemoryLog(clock);
    const owner = await started(log, set(3));
    let hour = 0;
    /** The second daemon has read where commits stand, and the first one commits before it can say anything. */
    const overtaken: Log = {
      ...log,
      async last(stream, subject) {
        const found = await log.last(stream, subject);
        if (subject === subjects.settings('acme')) {
          const before = (await commitsOf(log)).length;
          await appendEvent(log, asked('account:a', hour++));
          await expect.poll(async () => (await commitsOf(log)).length).toBeGreaterThan(before);
        }
        return found;
      },
    };
    const other = await started(overtaken, set(9));
    await ends(other.failures);
    await other.runtime.stop();
    await appendEvent(log, asked('account:a', hour));
    await expect.poll(async () => (await scoresIn(log)).length).toBe(2);
    await owner.runtime.stop();
    expect(owner.failures).toEqual([]);
    expect(await weightsIn(log)).toEqual([
      [3, 1],
      [3, 1],
    ]);
    expect(log.messagesOf('EVENTS').filter(({ subject }) => subject === subjects.settings('acme'))).toHaveLength(1);
  });

  it('the one that takes over has its settings hold, and the former one says nothing by them', async () => {
    const log = createMemoryLog(clock);
    const former = await started(log, set(3));
    const next = await started(log, set(9));
    for (const account of ['account:a', 'account:b', 'account:c', 'account:d', 'account:e']) {
      await appendEvent(log, asked(account, 0));
    }
    await ends(former.failures);
    await expect.poll(async () => (await scoresIn(log)).length).toBe(5);
    await Promise.all([former.runtime.stop(), next.runtime.stop()]);
    expect(next.failures).toEqual([]);
    const said = (await commitsOf(log)).filter(({ scores }) => scores.length > 0);
    expect(new Set(said.map(({ writer }) => writer.split('.')[0])).size).toBe(1);
    expect(new Set((await weightsIn(log)).map(String))).toEqual(new Set(['9,2']));
  });
});
