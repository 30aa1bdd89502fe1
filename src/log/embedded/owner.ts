import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, WeirError } from '../../core/errors.ts';

/** Who holds the data directory. `startedAt` tells a process from a later one with the same pid, where the system says it. */
interface Owner {
  readonly pid: number;
  readonly startedAt: string;
  readonly token: number;
}

export interface Ownership {
  /** Written into the environment and checked in every commit: the wall behind the file. */
  readonly token: number;
  release(): void;
}

/**
 * Takes the data directory for this process, by a file `owner.json` in it. A living owner is respected
 * (`config-invalid`, naming its pid); what a dead one left is taken over, as after `kill -9`.
 */
export function takeOwnership(path: string): Ownership {
  const file = join(path, 'owner.json');
  const mine: Owner = { pid: process.pid, startedAt: startOf(process.pid) ?? '', token: randomInt(1, tokenMax) };

  if (!tryCreate(file, mine)) {
    const other = readOwner(file);
    if (other && isAlive(other)) throw taken(path, other);
    rmSync(file, { force: true });
    if (!tryCreate(file, mine)) throw taken(path, readOwner(file));
  }

  return {
    token: mine.token,
    release() {
      if (readOwner(file)?.token === mine.token) rmSync(file, { force: true });
    },
  };
}

/** Tokens are versions in LMDB, which are doubles. */
const tokenMax = 2 ** 47;

function taken(path: string, owner: Owner | undefined): WeirError {
  const who = owner ? `process ${owner.pid}` : 'another process';
  return new WeirError(
    'config-invalid',
    `the data directory ${path} is in use by ${who}; the embedded log belongs to one process. Stop it, or set another \`data\``,
  );
}

function tryCreate(file: string, owner: Owner): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if (existsSync(file)) return false;
    throw new WeirError('config-invalid', `the data directory cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Undefined where the file is gone or torn: its writer died in the middle. */
function readOwner(file: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof owner !== 'object' || owner === null) return undefined;
    if (!('pid' in owner && 'startedAt' in owner && 'token' in owner)) return undefined;
    return { pid: Number(owner.pid), startedAt: String(owner.startedAt), token: Number(owner.token) };
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  const startedAt = startOf(owner.pid);
  if (startedAt !== undefined && owner.startedAt !== '') return startedAt === owner.startedAt;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** When a process started: boot and ticks since. `dead` for a zombie; undefined where there is no /proc or no such process. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...afterState] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return 'dead';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${afterState[18]}`;
  } catch {
    return undefined;
  }
}
