import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { warden } from './warden.ts';

const living = new Set<number>();

/** Lets a child not outlive this process, however that ends. */
export function minded<C extends ChildProcess>(child: C): C {
  const { pid } = child;
  // Who could not be started says so.
  if (pid === undefined) return child;
  living.add(pid);
  warden().mind(living);
  child.once('exit', () => {
    living.delete(pid);
    warden().mind(living);
  });
  return child;
}

/** A script of this project in a process of its own, minded; its errors are for whoever reads along. */
export function startScript(script: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  return minded(
    spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}
