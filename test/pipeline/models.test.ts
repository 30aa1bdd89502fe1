import { describe, expect, it } from 'vitest';
import type { Score } from '../../src/core/score.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { examplesToRelease, versionsKept } from '../../src/pipeline/held-model.ts';
import type { Model } from '../../src/scoring/model.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { appendEvent, noted } from '../support/runtime.ts';
import { accounts, asked, clock, command, daemon, scoresIn, shareModel, shares, tell, told } from './share-model.ts';

/** What all partitions say when asked. */
async function askAll(log: Log, index: number, { settled }: ReturnType<typeof daemon>): Promise<readonly Score[]> {
  for (const account of accounts) await appendEvent(log, asked(account, index));
  await settled();
  return (await scoresIn(log)).slice(-accounts.length);
}

describe('a model', () => {
  it('judges as shipped until enough outcomes are known; then all scores go by what they taught, and say so', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease - 1);
    for (const { value, contributions } of await askAll(log, 100, app)) {
      expect(value).toBe(1 / 2);
      expect(contributions[0]?.quote).toBe('share as shipped');
    }
    await tell(log, 101, 1);
    await app.settled();
    for (const { value, contributions } of await askAll(log, 102, app)) {
      expect(value).toBe((1 + examplesToRelease) / (2 + examplesToRelease));
      expect(contributions[0]?.quote).toBe('share version 1');
    }
    expect(app.share()).toMatchObject({
      judging: { version: 1, pinned: false },
      examples: examplesToRelease,
      learned: { outcomes: { positive: examplesToRelease, negative: 0 } },
      releases: [{ version: 1, by: 'weir' }],
    });
    await app.stop();
  });

  it('has a new version once a day at most, and after a week however few the outcomes were', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    // Of one account, so that they come in this order: 25 until hour 0, as many until hour 23, and single ones after that.
    for (let left = 2 * examplesToRelease - 1; left >= 0; left--) {
      await appendEvent(log, { ...told('account:a', left < examplesToRelease ? 23 : 0), id: `tell ${left}` });
    }
    for (const [index, version] of [
      [23, 1],
      [24, 2],
      [24 + 7 * 24 - 1, 2],
      [24 + 7 * 24, 3],
    ] as const) {
      await appendEvent(log, told('account:a', index));
      await app.settled();
      expect(app.share()?.judging.version).toBe(version);
    }
    await app.stop();
  });

  it('goes back to a version when told to: the earlier figures, exactly, until told otherwise; and learns on', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease);
    await app.settled();
    const before = await askAll(log, 100, app);
    await tell(log, 101, examplesToRelease);
    await app.settled();
    expect((await askAll(log, 200, app))[0]?.value).not.toBe(before[0]?.value);

    await command(log, { version: 1 });
    await app.settled();
    await tell(log, 201, 2 * examplesToRelease);
    await app.settled();
    const reasonsOf = (scores: readonly Score[]) =>
      scores.map(({ value, contributions }) => [value, contributions[0]?.quote]);
    expect(reasonsOf(await askAll(log, 300, app))).toEqual(reasonsOf(before));
    expect(app.share()).toMatchObject({
      judging: { version: 1, pinned: true },
      examples: 4 * examplesToRelease,
      releases: [{ version: 1, by: 'ada', why: 'for a test' }, { version: 2 }, { version: 1, by: 'weir' }],
    });

    await command(log, { version: 0 });
    await app.settled();
    expect((await askAll(log, 301, app))[0]?.value).toBe(1 / 2);
    await command(log, { version: 'latest' });
    await app.settled();
    expect((await askAll(log, 302, app))[0]?.value).toBe((1 + 4 * examplesToRelease) / (2 + 4 * examplesToRelease));
    expect(app.share()?.judging).toEqual({ version: 3, pinned: false });
    await app.stop();
  });

  it('keeps the last versions alone, and a way back to one that is not kept changes nothing', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (let round = 0; round < versionsKept + 2; round++) await tell(log, round * 100, examplesToRelease);
    await command(log, { version: 1 });
    await app.settled();
    const { versions = [], judging } = app.share() ?? {};
    expect(versions.map(({ version }) => version)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    expect(judging).toEqual({ version: 12, pinned: false });
    await app.stop();
  });

  it('says what it could not learn from, and goes on', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await appendEvent(log, told('account:a', 0, { broken: true }));
    await tell(log, 1, examplesToRelease);
    await app.settled();
    expect(app.share()).toMatchObject({
      judging: { version: 1 },
      examples: examplesToRelease,
      failed: { examples: 1, reason: 'cannot learn from that' },
    });
    await app.stop();
  });

  it('of one organisation learns nothing from another', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (let index = 0; index < examplesToRelease; index++)
      await appendEvent(log, { ...told('account:a', index), org: 'other' });
    await app.settled();
    expect(app.models('other').find(({ name }) => name === 'share')?.judging.version).toBe(1);
    expect(app.share()?.examples).toBe(0);
    await app.stop();
  });

  it('is not stopped by what is no record of it', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    for (const garbage of ['', 'no', '{}', '[]', '{"record":"example"}', '{"record":"release","model":"share"}'])
      await log.append({ stream: 'EVENTS', subject: subjects.models('acme'), data: Buffer.from(garbage) });
    await tell(log, 0, examplesToRelease);
    await app.settled();
    expect(app.share()).toMatchObject({ judging: { version: 1 }, examples: examplesToRelease });
    await app.stop();
  });
});

describe('a model of a new version', () => {
  it('begins anew, says so, and takes no outcome a second time', async () => {
    const log = createMemoryLog(clock);
    const app = daemon(log);
    await app.start();
    await tell(log, 0, examplesToRelease);
    await app.settled();
    await app.stop();
    const raised: Model = { ...shareModel, version: 2 };
    const { happened, notes } = noted();
    const next = daemon(log, { pipelines: [{ ...shares, models: [raised] }], happened });
    await next.start();
    expect(notes).toContainEqual(['modelBegunAnew', 0, { org: 'acme', model: 'share', from: 1, to: 2 }]);
    expect(next.share()).toMatchObject({ judging: { version: 0 }, examples: 0, releases: [{ version: 1 }] });
    await tell(log, 100, examplesToRelease);
    await next.settled();
    expect(next.share()).toMatchObject({ judging: { version: 2 }, examples: examplesToRelease });
    await next.stop();
  });
});
