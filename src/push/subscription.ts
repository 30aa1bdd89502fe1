import type { Log } from '../log/log.ts';
import type { Audiences, Listener } from './audiences.ts';
import type { Board } from './board.ts';
import type { Sealer } from './cursor.ts';
import type { PushLimits } from './limits.ts';
import { matches, type PushHappenings } from './protocol.ts';
import type { Ring } from './ring.ts';

/** What all feeds share: what the hub has. */
export interface Shelf {
  readonly log: Log;
  readonly ring: Ring;
  readonly board: Board;
  readonly audiences: Audiences;
  readonly sealer: Sealer;
  readonly happened: PushHappenings;
  readonly limits: PushLimits;
  /** What the hub has read of ALERTS. */
  position(): number;
  seal(org: string, sequence: number): string;
  historyTurn<T>(work: () => Promise<T>): Promise<T>;
}

export interface Subscription extends Listener {
  readonly id: string;
  /** What is still to be sent of the snapshot, last first. Of a reader that stands still, only numbers are kept. */
  snapshot: number[];
  live: boolean;
  /** It was live, and the connection could not keep up. */
  slow: boolean;
}

/** The position and, in the same tick, which transitions hold what is open at it. */
export function snapshotAt(shelf: Shelf, { org, filter, identity }: Listener): { after: number; snapshot: number[] } {
  const snapshot: number[] = [];
  for (const entry of shelf.board.open(org)) {
    if (matches(filter, identity, entry.alert)) snapshot.push(entry.sequence);
  }
  return { after: shelf.position(), snapshot: snapshot.reverse() };
}
