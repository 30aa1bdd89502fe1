import type { Tally } from '../intake/happenings.ts';

/**
 * The conservation law, counted in events: `received = ignored + rejected + accepted` from what the door did in this process,
 * `accepted = stored + duplicates + dead + pending + lost` with `stored` and `pending` from durable positions.
 */
export interface Law {
  readonly received: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly accepted: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly dead: number;
  readonly pending: number;
  readonly lost: number;
}

/** What the archive is done with, since the log was made. */
export interface ArchiveCounts {
  readonly stored: number;
  readonly dead: number;
  readonly lost: number;
}

/** How things stood when this process began to count. `backlog`: events in the log the archive had not reached. */
export interface Baseline extends ArchiveCounts {
  readonly backlog: number;
}

/**
 * The law of one process. The archive works in the log's order, so what it does first pays off the backlog it found. An event
 * that was answered 503 and turns up in the log was accepted after all: it counts as that, and no longer as rejected.
 */
export function lawOf(door: Tally, archive: ArchiveCounts, pending: number, baseline: Baseline): Law {
  const { received, ignored, duplicates } = door;
  const done = archive.stored + archive.dead + archive.lost - baseline.stored - baseline.dead - baseline.lost;
  const ownDead = archive.dead - baseline.dead;
  const ownLost = archive.lost - baseline.lost;
  const ownDone = Math.max(0, done - baseline.backlog);
  const ownPending = Math.max(0, pending - Math.max(0, baseline.backlog - done));
  const kept = Math.min(door.unacknowledged, Math.max(0, ownDone + ownPending - door.stored));
  return {
    received,
    ignored,
    rejected: door.rejected - kept,
    accepted: door.stored + kept + duplicates + door.dead,
    stored: Math.max(0, ownDone - ownDead - ownLost),
    duplicates,
    dead: door.dead + ownDead,
    pending: ownPending,
    lost: ownLost,
  };
}
