import { createServer } from 'node:net';
import { pino, type Logger } from 'pino';
import { z } from 'zod';
import { createApp, type App } from '../../app.ts';
import { configOf } from '../../config/load.ts';
import { orgConfig, simulatedSecrets } from '../../simulate/config.ts';
import type { Simulation } from '../../simulate/generate.ts';
import { plain } from '../output.ts';
import type { DemoOptions } from './run.ts';
import type { Screen } from './screen.ts';

const usualPort = 8420;

/** The daemon the demo plays to, not started yet. */
export async function makeApp(
  options: Pick<DemoOptions, 'env' | 'data' | 'port' | 'screen'>,
  { company }: Simulation,
): Promise<{ app: App; port: number }> {
  const { env, data } = options;
  const port = options.port ?? ((await isFree(usualPort)) ? usualPort : await freePort());
  const nats = env['NATS_URL'];
  const clickhouse = env['CLICKHOUSE_URL'];
  const config = configOf({
    ...orgConfig(company, simulatedSecrets()),
    http: { port },
    data,
    // Weeks go by in seconds: the clocks of quiet entities must not go by the wall's.
    pipeline: { idleTimers: false },
    ...(nats && { log: { url: nats } }),
    ...(clickhouse && { store: { url: clickhouse } }),
  });
  const app = createApp(config, { logger: demoLogger(options.screen) });
  return { app, port };
}

/** What the daemon warns of, a line each among the demo's own. */
export function demoLogger({ said }: Pick<Screen, 'said'>): Logger {
  const write = (line: string): void => {
    const { msg, err, level: _, ...facts } = warningSchema.parse(JSON.parse(line));
    const known = Object.entries(facts).map(([name, fact]) => `${name} ${String(fact)}`);
    const why = [...(err ? [err.message] : []), ...known].join(', ');
    said(plain(`weir warns: ${msg}${why && ` (${why})`}`));
  };
  return pino({ level: 'warn', base: null, timestamp: false }, { write });
}

const warningSchema = z.looseObject({
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).exactOptional(),
});

function isFree(port: number): Promise<boolean> {
  return listenOn(port).then(
    () => true,
    () => false,
  );
}

const freePort = (): Promise<number> => listenOn(0);

/** The port it could listen on for a moment. */
function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
