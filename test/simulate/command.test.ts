import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { simulateCommand } from '../../src/cli/commands/simulate.ts';
import { loadConfig } from '../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-simulate-'));
let printed = '';

beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    printed += String(chunk);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('weir simulate', () => {
  test('--out writes as many events as were asked for, the same bytes for the same seed on any day', async () => {
    const [first, second, other] = ['first', 'second', 'other'].map((name) => join(folder, name));
    await run('--out', first ?? '', '--seed', '7', '--count', '900');
    vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2030, 0, 1));
    await run('--out', second ?? '', '--seed', '7', '--count', '900');
    await run('--out', other ?? '', '--seed', '8', '--count', '900');
    const [one, two, three] = [first, second, other].map((file) => readFileSync(file ?? '', 'utf8'));
    expect(two).toBe(one);
    expect(three).not.toBe(one);
    const lines = (one ?? '')
      .trimEnd()
      .split('\n')
      .map((line): { events: number } => JSON.parse(line));
    expect(lines.reduce((sum, { events }) => sum + events, 0)).toBe(900);
  });

  test('--json says in its last line what it did', async () => {
    const file = join(folder, 'calls');
    await run('--out', file, '--scenario', 'calm', '--count', '50', '--json');
    expect(JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '')).toEqual({ events: 50, file });
  });

  test('--expect prints the alerts a scenario has to cause, and for a calm one that there are none', async () => {
    await run('--expect', '--scenario', 'churn', '--json');
    const expected = printed
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(expected).toContainEqual(
      expect.objectContaining({ story: 'churn', kind: 'customer_health', minSeverity: 'critical' }),
    );
    printed = '';
    await run('--expect', '--scenario', 'calm');
    expect(printed).toContain('no alert');
  });

  test('--print-config prints what a daemon can be configured with', async () => {
    await run('--print-config');
    const file = join(folder, 'weir.yaml');
    writeFileSync(file, printed);
    const env = Object.fromEntries(
      [...printed.matchAll(/export (\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]),
    );
    const config = loadConfig({ file, env, cwd: folder });
    expect(Object.keys(config.orgs['acme']?.sources ?? {}).sort()).toEqual(['gong', 'hubspot', 'intercom', 'stripe']);
    expect(parse(printed)).toHaveProperty('orgs.acme.accounts.brightloom');
  });

  test.each([
    ['an unknown scenario', ['--scenario', 'nothing'], 'no scenario "nothing"'],
    ['too few days for a story', ['--scenario', 'churn', '--days', '3'], 'takes 24 days'],
    ['a rate that is none', ['--rate', 'fast'], 'above 0'],
  ])('refuses %s in a sentence, as a fault of usage', async (_, args, sentence) => {
    const failed = await run('--out', '-', ...args).catch((error: unknown) => error);
    expect(failed).toMatchObject({ message: expect.stringContaining(sentence) });
  });
});

async function run(...args: string[]): Promise<void> {
  const command = simulateCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
}
