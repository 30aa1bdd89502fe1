import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { configOf } from '../src/config/load.ts';
import { options } from '../src/config/options.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const dockerfile = read('Dockerfile');

const service = z.object({
  image: z.string(),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).exactOptional(),
});
const compose = z
  .object({
    services: z.object({ weir: service, nats: service, clickhouse: service }),
    configs: z.object({ nats: z.object({ content: z.string() }) }),
  })
  .parse(parse(read('docker-compose.yml')));
const { weir, nats, clickhouse } = compose.services;

describe('docker-compose.yml', () => {
  test('publishes every port on loopback alone', () => {
    const ports = [weir, nats, clickhouse].flatMap((each) => each.ports);
    expect(ports.length).toBeGreaterThan(2);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  test('starts weir where the README and the defaults say it is', () => {
    const { port } = configOf().http;
    expect(weir.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(dockerfile).toContain(`EXPOSE ${port}`);
    for (const [, named] of readme.matchAll(/(?:localhost|127\.0\.0\.1):(8\d{3})\b/g)) {
      expect([String(port), '8123', '8222']).toContain(named);
    }
  });

  test('pins versions, and those the README and docs/log.md name are these', () => {
    const versions: Readonly<Record<string, string>> = {
      nats: /^nats:(\d+\.\d+)-alpine$/.exec(nats.image)?.[1] ?? 'unpinned',
      clickhouse: /^clickhouse\/clickhouse-server:(\d+\.\d+)$/.exec(clickhouse.image)?.[1] ?? 'unpinned',
    };
    expect(Object.values(versions)).not.toContain('unpinned');
    const papers = readme + (existsSync(new URL('../docs/log.md', import.meta.url)) ? read('docs/log.md') : '');
    for (const [, image = '', version] of papers.matchAll(/`?(nats|clickhouse\/clickhouse-server):(\d+\.\d+)/g)) {
      expect(version, image).toBe(versions[image.split('/')[0] ?? '']);
    }
  });

  test('tells weir by variables it knows', () => {
    const known = new Set(options.map(({ env }) => env));
    const given = [
      ...Object.keys(weir.environment),
      ...Array.from(dockerfile.matchAll(/\b(WEIR_\w+)=/g), ([, name]) => name),
    ];
    expect(given.filter((name) => name !== 'WEIR_CONFIG' && !known.has(name))).toEqual([]);
    expect(weir.environment['NATS_URL']).toBe('nats://nats:4222');
    expect(weir.environment['CLICKHOUSE_URL']).toContain('@clickhouse:8123');
  });

  test('has NATS sync to the disk as often as docs/log.md says', () => {
    expect(compose.configs.nats.content).toMatch(/jetstream \{[^}]*sync_interval: 1s/);
    expect(nats.healthcheck?.test.join(' ')).toContain('/healthz');
  });

  test('is what docker compose takes', ({ skip }) => {
    const missing = composeMissing();
    if (missing !== undefined) {
      console.info(`skipped: ${missing}`);
      skip(missing);
    }
    const env = { ...process.env, CLICKHOUSE_PASSWORD: 'x', WEIR_TOKENS: '[]' };
    const config = execFileSync('docker', ['compose', 'config', '--quiet'], {
      cwd: new URL('..', import.meta.url).pathname,
      env,
      encoding: 'utf8',
    });
    expect(config).toBe('');
  });
});

test('the image runs as nobody special, on the Node weir is made for', () => {
  const { engines }: { engines: { node: string } } = JSON.parse(read('package.json'));
  expect(engines.node).toBe('>=20.19');
  expect(Array.from(dockerfile.matchAll(/^FROM (\S+)/gm), ([, image]) => image)).toEqual([
    'node:20-slim',
    'node:20-slim',
  ]);
  expect(dockerfile).toMatch(/^USER node$/m);
  expect(dockerfile).toMatch(/^HEALTHCHECK/m);
});

/** Why `docker compose config` cannot be asked here. */
function composeMissing(): string | undefined {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    return undefined;
  } catch (error) {
    return `there is no docker compose here (${error instanceof Error ? error.message.split('\n')[0] : 'unknown'})`;
  }
}
