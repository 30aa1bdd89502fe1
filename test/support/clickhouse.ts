import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** ClickHouse's engine behind its HTTP interface, in a process of its own: see clickhouse-process.ts for what it is not. */
export interface TestClickHouse {
  readonly port: number;
  stop(): Promise<void>;
}

const script = new URL('./clickhouse-process.ts', import.meta.url).pathname;

export async function startClickHouse(): Promise<TestClickHouse> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-clickhouse-'));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const port = await Promise.race([once(lines, 'line').then(([line]) => Number(line)), closed.then(() => undefined)]);
  if (port === undefined) throw new Error('the engine did not start');
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await closed;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
