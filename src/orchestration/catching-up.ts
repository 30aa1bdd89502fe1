import { setTimeout as after } from 'node:timers/promises';
import { messageOf } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { isObject, jsonAt } from '../core/read.ts';
import type { Log } from '../log/log.ts';
import type { Position } from '../log/position.ts';
import type { RunRequest } from './run.ts';

export interface CatchingUpDeps {
  readonly log: Pick<Log, 'info'>;
  /** Through where a stream is in ClickHouse, whichever daemon brings it there; undefined where none does. */
  archivedThrough(stream: AskedStream): Promise<Position | undefined>;
  /** So many looks beyond the first, one each `everyMs`: then it goes on without. Default 30 of 100 ms. */
  readonly looksMax?: number;
  readonly everyMs?: number;
  /** Resolves when the next look is due. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** What agents ask ClickHouse about. */
const askedStreams = ['EVENTS', 'SIGNALS', 'ALERTS'] as const;
export type AskedStream = (typeof askedStreams)[number];

/**
 * Waits until ClickHouse has what was in the log at `since` (log time, ms), at most `looksMax` looks. Gives the streams of which
 * it then still lacks something. Rejects as the log does (`log-unavailable`).
 */
export function createCatchingUp({
  log,
  archivedThrough,
  looksMax = 30,
  everyMs = 100,
  pause = (ms) => after(ms, undefined, { ref: false }),
}: CatchingUpDeps): (since: number) => Promise<readonly AskedStream[]> {
  let next: Promise<Looked> | undefined;

  async function look(): Promise<Looked> {
    return new Map(
      await Promise.all(askedStreams.map(async (stream) => [stream, await archivedThrough(stream)] as const)),
    );
  }

  /** However many runs wait, there is one look at a time. */
  function nextLook(): Promise<Looked> {
    next ??= pause(everyMs)
      .then(look)
      .finally(() => {
        next = undefined;
      });
    return next;
  }

  return async (since) => {
    const ends = await Promise.all(askedStreams.map(async (stream) => ({ stream, ...(await log.info(stream)) })));
    const behind = (looked: Looked) =>
      ends
        .filter(({ stream, created, lastSequence }) => {
          const { sequence, storedAt, ...of } = looked.get(stream) ?? { created, sequence: 0, storedAt: 0 };
          return of.created !== created || (sequence < lastSequence && storedAt <= since);
        })
        .map(({ stream }) => stream);
    let lacking = behind(await look());
    for (let looks = 0; lacking.length > 0 && looks < looksMax; looks += 1) lacking = behind(await nextLook());
    return lacking;
  };
}

type Looked = ReadonlyMap<AskedStream, Position | undefined>;

/** As `gather`, once ClickHouse has what was in the log at `since`. What it then still lacks is named in `missing`, as `archive`. */
export function onceCaughtUp(
  caughtUp: (since: number) => Promise<readonly string[]>,
  gather: (request: RunRequest) => Promise<JsonObject>,
): (request: RunRequest, since: number) => Promise<JsonObject> {
  return async (request, since) => {
    const archive = await behindIn(caughtUp(since));
    const context = await gather(request);
    if (archive === undefined) return context;
    const missing = jsonAt(context, 'missing');
    return { ...context, missing: { ...(isObject(missing) && missing), archive } };
  };
}

/** In a sentence; undefined where it lacks nothing. */
async function behindIn(lacking: Promise<readonly string[]>): Promise<string | undefined> {
  try {
    const streams = await lacking;
    return streams.length > 0 ? `ClickHouse did not have all of ${streams.join(', ')} in time` : undefined;
  } catch (error) {
    return messageOf(error);
  }
}
