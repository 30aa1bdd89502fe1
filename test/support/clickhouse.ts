import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { startScript } from './children.ts';
import { newFolder, removeFolder } from './folder.ts';

/** ClickHouse's engine behind its HTTP interface in a process of its own, so that a test can look into embedded stores beside it. */
export interface ClickHouseProcess {
  readonly port: number;
  stop(): Promise<void>;
}

const script = new URL('./clickhouse-process.ts', import.meta.url).pathname;

export async function spawnClickHouse(): Promise<ClickHouseProcess> {
  const dir = newFolder();
  const child = startScript(script, [dir]);
  const closed = once(child, 'close');
  const line = once(createInterface({ input: child.stdout }), 'line');
  const url = await Promise.race([line.then(([text]) => String(text)), closed.then(() => undefined)]);
  if (url === undefined) throw new Error('the engine did not start');
  return {
    port: Number(new URL(url).port),
    async stop() {
      child.kill('SIGKILL');
      await closed;
      removeFolder(dir);
    },
  };
}
