import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { idOf } from '../../core/ids.ts';
import type { Context } from '../context.ts';

/** Where a `weir tail` stopped: one small file for each daemon, organisation and filter, in the user's state folder. */
export interface CursorFile {
  read(): string | undefined;
  /** Kept a moment later, so that a burst of alerts is not a burst of writes. */
  write(cursor: string): void;
  /** Keeps what is not kept yet. */
  close(): void;
}

const keepAfterMs = 200;

export function createCursorFile({ env }: Context, identity: readonly string[]): CursorFile {
  const folder = env['XDG_STATE_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'state');
  const path = join(folder, 'weir', `tail-${idOf(...identity).slice(0, 16)}`);
  let pending: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  const keep = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (pending === undefined) return;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, pending, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    pending = undefined;
  };

  return {
    read: () => (existsSync(path) ? readFileSync(path, 'utf8').trim() || undefined : undefined),
    write(cursor) {
      pending = cursor;
      timer ??= setTimeout(keep, keepAfterMs);
    },
    close: keep,
  };
}
