import { describe, expect, test } from 'vitest';
import type { ModelView } from '../../src/core/model.ts';
import { run } from './support.ts';
import { daemon } from './a-daemon.ts';

describe('weir model', () => {
  const model: ModelView = {
    name: 'deal_propensity',
    description: 'how likely a deal is won',
    judging: { version: 1, pinned: true },
    examples: 60,
    failed: { examples: 1, reason: 'no features\u001B' },
    learned: {
      outcomes: { positive: 20, negative: 40 },
      calibration: [{ count: 12, said: 0.31, calibrated: 0.28, cameTrue: 0.25 }],
      weights: [{ name: 'stage', weight: 1.31, expected: 1.2, seen: 60 }],
      driftAlarms: 2,
    },
    versions: [{ version: 1, at: '2026-05-01T00:00:00.000Z', examples: 25 }],
    releases: [{ version: 1, by: 'ada', why: 'an import gone wrong', at: '2026-05-03T00:00:00.000Z' }],
  };

  test('shows what was learned, how well it predicts, and the way back', async () => {
    const url = await daemon((request, response) =>
      response.end(JSON.stringify(request.url?.includes('/models/') ? model : { models: [model] })),
    );
    const { out } = await run(['model', 'show', 'deal_propensity', '--url', url]);
    expect(out).toMatch(/judging +version 1, pinned/);
    expect(out).toMatch(/outcomes +60: 20 came true, 40 did not/);
    expect(out).toMatch(/drift +2 alarms/);
    expect(out).toMatch(/31\.0 % +28\.0 % +25\.0 % +12/);
    expect(out).toMatch(/1\.31 +1\.20 +60 +stage/);
    expect(out).toMatch(/1 +2026-05-03T00:00:00\.000Z +ada +an import gone wrong/);
    expect(out).not.toContain('\u001B');
    expect((await run(['model', 'list', '--url', url])).out).toMatch(/deal_propensity +version 1, pinned +60/);
    expect(JSON.parse((await run(['model', 'show', 'x', '--json', '--url', url])).out)).toEqual(model);
  });

  test('goes back to a version, and says why', async () => {
    const asked: unknown[] = [];
    const url = await daemon((request, response) => {
      request.on('data', (chunk: Buffer) => asked.push([request.url, JSON.parse(chunk.toString())]));
      request.on('end', () => response.end('{}'));
    });
    const release = async (version: string) =>
      (await run(['model', 'release', 'deal_propensity', version, '--why', 'a test', '--url', url])).out;
    expect(await release('3')).toBe('deal_propensity: version 3 judges from now on.\n');
    expect(await release('latest')).toBe('deal_propensity: what it has learned judges from now on.\n');
    expect(asked).toEqual([
      ['/models/deal_propensity/release', { version: 3, why: 'a test' }],
      ['/models/deal_propensity/release', { version: 'latest', why: 'a test' }],
    ]);
  });
});
