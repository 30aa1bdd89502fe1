import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { startScript } from './children.ts';

/** Starts a process that appends, and resolves when it has had so many acknowledged. */
export async function startAppender(
  kind: Log['kind'],
  where: string,
  name: string,
  count: number,
): Promise<{ child: ChildProcess; said: string[] }> {
  const script = new URL('../support/appender.ts', import.meta.url).pathname;
  const child = startScript(script, [kind, where, name]);
  onTestFinished(() => kill(child));
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the appender ended by itself')));
    lines.on('line', (line) => {
      if (said.push(line) === count) resolve();
    });
  });
  return { child, said };
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
