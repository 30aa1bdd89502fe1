import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { configOf } from '../src/config/load.ts';
import { options } from '../src/config/options.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const logPage = read('docs/log.md');
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

  test('starts weir where the README and the defaults say it is, and the others where it says they are', () => {
    const { port } = configOf().http;
    expect(weir.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(dockerfile).toContain(`EXPOSE ${port}`);
    const [, ...told] =
      /`docker compose up`: weir at `http:\/\/127\.0\.0\.1:(\d+)`, with `nats:[\d.]+` at port (\d+) and `clickhouse\S+` at (\d+)/.exec(
        readme,
      ) ?? [];
    expect(told.map((each) => `127.0.0.1:${each}:${each}`)).toEqual(
      [weir, nats, clickhouse].map(({ ports: [first] }) => first),
    );
  });

  test('pins versions, and the README names these', () => {
    expect(nats.image).toMatch(/^nats:\d+\.\d+-alpine$/);
    expect(clickhouse.image).toMatch(/^clickhouse\/clickhouse-server:\d+\.\d+$/);
    const named = Array.from(
      `${readme}${logPage}`.matchAll(/`(nats|clickhouse\/clickhouse-server):[\d.]+/g),
      ([found]) => found.slice(1),
    );
    expect(named).toEqual([nats.image.replace('-alpine', ''), clickhouse.image]);
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
    const set = /jetstream \{[^}]*sync_interval: (\w+)/.exec(compose.configs.nats.content)?.[1];
    expect(logPage).toContain(`\`docker-compose.yml\` sets \`${set}\``);
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
