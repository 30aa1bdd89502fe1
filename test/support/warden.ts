import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Tidies up after this process, however that ends: of a process that is killed, as a test run is that takes too long, Node tells nobody else. */
export interface Warden {
  /** Gone with this process, with all that is in it. */
  readonly folder: string;
  /** Which children live now; those of the last time are killed, also the ones that stand still. */
  mind(pids: Iterable<number>): void;
}

/** Reads a line each time the children change, and goes to work when nobody can write any more. What is killed may write a moment longer. */
const script = `
  while read -r line; do pids=$line; done
  [ -z "$pids" ] || kill -9 $pids
  for _ in 1 2 3 4 5; do rm -rf "$0" && exit; sleep 1; done`;

let started: Warden | undefined;

/** The one of this process. */
export function warden(): Warden {
  started ??= startWarden();
  return started;
}

function startWarden(): Warden {
  const folder = mkdtempSync(join(tmpdir(), 'weir-tests-'));
  // In a group of its own: what interrupts a test run at the terminal leaves it to its work.
  const shell = spawn('sh', ['-c', script, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  const { stdin } = shell;
  if (stdin instanceof Socket) stdin.unref();
  return { folder, mind: (pids) => void stdin.write(`${[...pids].join(' ')}\n`) };
}
