import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startNats } from '../support/nats.ts';
import { median } from './support/alternate.ts';
import { statusOf } from './support/daemon.ts';
import type { Bench, Measure, Row } from './support/figure.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { missing } from './support/log.ts';

/** (e) From the command to `/readyz` saying yes, and what the daemon holds in memory when nothing happens. */
export const measureStart: Measure = async (bench) => [
  ...(await measureWith('embedded log, embedded ClickHouse', {}, bench)),
  ...(await measureWithNats('JetStream, embedded ClickHouse', {}, bench)),
  ...(await measureWithServers(bench)),
];

type Environment = Readonly<Record<string, string>>;

async function measureWithNats(what: string, env: Environment, bench: Bench): Promise<readonly Row[]> {
  const skipped = missing('jetstream');
  if (skipped !== undefined) return [{ what: `start, ${what}`, skipped }];
  const nats = await startNats();
  const rows = await measureWith(what, { ...env, NATS_URL: nats.url }, bench);
  await nats.stop();
  return rows;
}

async function measureWithServers(bench: Bench): Promise<readonly Row[]> {
  const what = 'JetStream, a ClickHouse server';
  const url = process.env['CLICKHOUSE_URL'];
  if (url === undefined) return [{ what: `start, ${what}`, skipped: 'CLICKHOUSE_URL names none' }];
  return measureWithNats(what, { CLICKHOUSE_URL: url }, bench);
}

async function measureWith(what: string, env: Environment, { rounds, progress }: Bench): Promise<readonly Row[]> {
  const weir: Started[] = [];
  const bare: Started[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`start, ${what}: round ${round + 1} of ${rounds}`);
    weir.push(await startWeir(env));
    bare.push(await startBare());
  }
  const is = 'Fastify that listens';
  const row = (name: keyof Started, unit: string) => ({
    unit,
    weir: median(weir.map((one) => one[name])),
    bare: { is, value: median(bare.map((one) => one[name])) },
  });
  return [
    { what: `start to ready, ${what}`, ...row('readyMs', 'ms') },
    { what: `memory at rest, ${what}`, ...row('restMb', 'MB') },
  ];
}

interface Started {
  readonly readyMs: number;
  readonly restMb: number;
}

/** The command a person types. */
async function startWeir(env: Environment): Promise<Started> {
  const folder = newFolder();
  const config = join(folder, 'weir.json');
  await writeFile(config, JSON.stringify({ data: join(folder, 'data'), http: { port: 0 } }));
  const main = fileURLToPath(new URL('../../src/main.js', import.meta.url));
  const started = await timed([main, 'start', '--json', '--config', config], env, async (line) => {
    const { address }: { readonly address: string } = JSON.parse(line);
    for (let ready = false; !ready;) ready = (await fetch(`${address}/readyz`)).ok;
  });
  removeFolder(folder);
  return started;
}

const bareServer = `import('fastify').then(async ({ default: Fastify }) => console.log(await Fastify().listen({ port: 0 })))`;

const startBare = (): Promise<Started> => timed(['-e', bareServer], {}, async () => undefined);

/** Ready when what it prints first has led to that; then left alone for a while. */
async function timed(
  args: readonly string[],
  env: Environment,
  untilReady: (line: string) => Promise<void>,
): Promise<Started> {
  const began = performance.now();
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await untilReady(await firstLine(child));
  const readyMs = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, restMs));
  const restMb = statusOf(child.pid ?? 'self', 'VmRSS') ?? Number.NaN;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return { readyMs, restMb };
}

const restMs = 5_000;

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('The process has no output.');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('The process ended without a word.');
}
