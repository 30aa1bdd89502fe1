import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { simulateCommand } from '../../src/cli/commands/simulate.ts';
import { CommandFailed, type Context } from '../../src/cli/context.ts';
import { loadConfig } from '../../src/config/load.ts';
import { hubspot } from '../../src/intake/sources/hubspot.ts';
import { newFolder } from '../support/folder.ts';
import { aServer } from './a-server.ts';
import { secrets } from './simulations.ts';

const folder = newFolder();
const stopped = new AbortController().signal;
let printed = '';
let env: Context['env'] = {};

beforeEach(() => {
  printed = '';
  env = {};
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('weir simulate against a daemon', () => {
  test('signs with the daemon’s own secrets for its public address, and says in its last line what became of it', async () => {
    const server = await aServer();
    await configure('http: { publicUrl: https://weir.example }');
    await run('--url', server.url, '--scenario', 'calm', '--rate', '5000', '--count', '120', '--seed', '7', '--json');
    expect(JSON.parse(lastLine())).toMatchObject({
      seed: '7',
      scenario: 'calm',
      sent: 120,
      accepted: 120,
      rejected: 0,
    });

    const one = server.received.find(({ path }) => path === '/webhooks/acme/hubspot');
    const timestamp = String(one?.headers['x-hubspot-request-timestamp']);
    const verdict = await hubspot.verify(
      {
        method: 'POST',
        url: 'https://weir.example/webhooks/acme/hubspot',
        headers: {
          'x-hubspot-signature-v3': String(one?.headers['x-hubspot-signature-v3']),
          'x-hubspot-request-timestamp': timestamp,
        },
        body: Buffer.from(one?.body ?? ''),
        receivedAt: Number(timestamp),
      },
      [secrets.hubspot],
    );
    expect(verdict).toEqual({ kind: 'authentic' });
    await server.close();
  });

  test('fails, with what the daemon said, where it takes nothing', async () => {
    const server = await aServer((_, response) => void response.writeHead(401).end('{"title":"wrong"}'));
    await configure('');
    const failed = await failure('--url', server.url, '--scenario', 'calm', '--rate', '5000', '--count', '20');
    expect(failed).toBeInstanceOf(CommandFailed);
    expect(failed).toMatchObject({ message: expect.stringContaining('401: {"title":"wrong"}') });
    await server.close();
  });

  test('says what to configure where the daemon has no secrets for it', async () => {
    writeFileSync(join(folder, 'weir.yaml'), 'orgs: { acme: {} }\n');
    const failed = await failure('--scenario', 'calm');
    expect(failed).toMatchObject({ message: expect.stringContaining('weir simulate --print-config') });
  });
});

describe('weir simulate without a daemon', () => {
  test('--out writes as many events as were asked for, the same bytes for the same seed on any day', async () => {
    const files = ['first', 'second', 'other'].map((name) => join(folder, name));
    const [first = '', second = '', other = ''] = files;
    await run('--out', first, '--seed', '7', '--count', '900');
    vi.spyOn(Date, 'now').mockReturnValue(Date.UTC(2030, 0, 1));
    await run('--out', second, '--seed', '7', '--count', '900');
    await run('--out', other, '--seed', '8', '--count', '900');
    const [one = '', two, three] = files.map((file) => readFileSync(file, 'utf8'));
    expect(two).toBe(one);
    expect(three).not.toBe(one);
    const lines = one
      .trimEnd()
      .split('\n')
      .map((line): { events: number } => JSON.parse(line));
    expect(lines.reduce((sum, { events }) => sum + events, 0)).toBe(900);
  });

  test('--out - writes the same to standard output', async () => {
    const file = join(folder, 'calm');
    await run('--out', file, '--scenario', 'calm', '--count', '50', '--json');
    expect(JSON.parse(lastLine())).toEqual({ events: 50, file });
    printed = '';
    await run('--out', '-', '--scenario', 'calm', '--count', '50');
    expect(printed).toBe(readFileSync(file, 'utf8'));
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
    const config = await configure('');
    expect(Object.keys(config.orgs['acme']?.sources ?? {}).sort()).toEqual(['gong', 'hubspot', 'intercom', 'stripe']);
    expect(parse(printed)).toHaveProperty('orgs.acme.accounts.brightloom');
  });

  test.each([
    ['an unknown scenario', ['--scenario', 'nothing'], 'no scenario "nothing"'],
    ['too few days for a story', ['--scenario', 'churn', '--days', '3'], 'takes 24 days'],
    ['a rate that is none', ['--rate', 'fast'], 'above 0'],
  ])('refuses %s in a sentence, as a fault of usage', async (_, args, sentence) => {
    expect(await failure('--out', '-', ...args)).toMatchObject({
      name: 'CommanderError',
      message: expect.stringContaining(sentence),
    });
  });
});

/** Writes what `--print-config` says into the folder's configuration, and into the environment. */
async function configure(more: string) {
  await run('--print-config');
  const file = join(folder, 'weir.yaml');
  writeFileSync(file, `${printed}${more}\n`);
  env = Object.fromEntries([...printed.matchAll(/export (\w+)='([^']*)'/g)].map(([, name, value]) => [name, value]));
  return loadConfig({ file, env, cwd: folder });
}

async function run(...args: string[]): Promise<void> {
  const out = (text: string) => {
    printed += text;
  };
  const context: Context = {
    env,
    cwd: folder,
    version: '0.0.0',
    out,
    err: () => undefined,
    outIsTerminal: false,
    errIsTerminal: false,
    stopped,
  };
  const command = simulateCommand(context)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
}

const failure = (...args: string[]): Promise<unknown> => run(...args).catch((error: unknown) => error);

const lastLine = (): string => printed.trimEnd().split('\n').at(-1) ?? '';
