import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/**
 * A shell that reads, a line each time it changes, which children live. When nobody can write any more it kills those of the last
 * line, also the ones that stand still. Of a process that is killed, as a test run is that takes too long, Node tells nobody else.
 */
const warden = 'while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids';

const living = new Set<number>();
let toWarden: Writable | undefined;

/** Lets a child not outlive this process, however that ends. */
export function minded<C extends ChildProcess>(child: C): C {
  const { pid } = child;
  // Who could not be started says so.
  if (pid === undefined) return child;
  living.add(pid);
  tell();
  child.once('exit', () => {
    living.delete(pid);
    tell();
  });
  return child;
}

/** A script of this project in a process of its own, minded; its errors are for whoever reads along. */
export function startScript(script: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  return minded(
    spawn(process.execPath, ['--import', 'tsx', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

function tell(): void {
  toWarden ??= startWarden();
  toWarden.write(`${[...living].join(' ')}\n`);
}

function startWarden(): Writable {
  // In a group of its own: what interrupts a test run at the terminal leaves it to its work.
  const shell = spawn('sh', ['-c', warden], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  const { stdin } = shell;
  if (stdin instanceof Socket) stdin.unref();
  return stdin;
}
