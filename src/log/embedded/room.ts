import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';

/** The file is kept longer than what is in it by as much as that is, within these bounds; bytes. */
const aheadMin = 1024 * 1024;
const aheadMax = 32 * 1024 * 1024;
/** Bytes committed after which it is looked at again. */
const lookAfter = aheadMin / 4;
/** What a commit takes beside its messages, about: pages of the tables it touches. */
const commitBytes = 8 * 1024;
/** So long nothing is tried where the disk had no more. */
const restMs = 60_000;
/** Written and flushed at once: a commit that is flushed meanwhile waits for no more than that. */
const pieceBytes = 1024 * 1024;

/**
 * Keeps room at the end of LMDB's file. A commit that makes a file longer changes what the file system knows of it, and with that
 * its flush waits for the file system's journal, and for what anybody else has written by then, such as ClickHouse its inserts. A flush into
 * room that is there already waits for none of them. What is appended here goes behind the end of the file whatever the end is at
 * that moment, so it overwrites nothing, of whomever.
 */
export async function openRoom(path: string, env: RootDatabase) {
  const file = await open(join(path, 'data.mdb'), 'a');
  const piece = Buffer.alloc(pieceBytes);
  let making: Promise<void> | undefined;
  let unlooked = 0;
  let restsUntil = 0;
  const closing = new AbortController();

  async function make(): Promise<void> {
    const { lastPageNumber, pageSize } = statsOf(env);
    const used = (lastPageNumber + 1) * pageSize;
    const wanted = used + Math.min(aheadMax, Math.max(aheadMin, used));
    for (let { size } = await file.stat(); !closing.signal.aborted && size < wanted; size += pieceBytes) {
      await file.appendFile(piece);
      await file.datasync();
    }
  }

  function look(): void {
    if (making || closing.signal.aborted || performance.now() < restsUntil) return;
    unlooked = 0;
    making = make()
      .catch(() => {
        // A commit that finds no room asks for it itself, and tells if there is none.
        restsUntil = performance.now() + restMs;
      })
      .finally(() => {
        making = undefined;
      });
  }

  look();
  return {
    /** So much was committed: makes room, by and by, where there is less than there should be. */
    committed(bytes: number): void {
      unlooked += bytes + commitBytes;
      if (unlooked > lookAfter) look();
    },
    async close(): Promise<void> {
      closing.abort();
      await making;
      await file.close();
    },
  };
}

/** What LMDB says of its file; its types leave open what. Throws a RangeError where it says something else. */
function statsOf(env: RootDatabase): { readonly lastPageNumber: number; readonly pageSize: number } {
  const stats: object = env.getStats();
  if ('lastPageNumber' in stats && 'pageSize' in stats) {
    const { lastPageNumber, pageSize } = stats;
    if (typeof lastPageNumber === 'number' && typeof pageSize === 'number') return { lastPageNumber, pageSize };
  }
  throw new RangeError('LMDB does not tell how long its file is');
}
