import { setImmediate as nextTick } from 'node:timers/promises';
import { decodeTransition } from '../../schemas/alert.ts';
import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf, WeirError } from '../core/errors.ts';
import { pause } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { lostBefore } from '../log/position.ts';
import { createAudiences } from './audiences.ts';
import { createBoard } from './board.ts';
import { createSealer, type Sealer } from './cursor.ts';
import { entryOf, type Entry } from './entry.ts';
import { createFeed, type Feed } from './feed.ts';
import { defaultPushLimits, type PushLimits } from './limits.ts';
import type { Outlet } from './outlet.ts';
import {
  matches,
  mayHear,
  type AlertBoard,
  type AlertListQuery,
  type AlertPage,
  type PushHappenings,
} from './protocol.ts';
import { createRing } from './ring.ts';
import { createTurns } from '../core/turns.ts';

export interface HubDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly happened: PushHappenings;
  readonly limits?: Partial<PushLimits>;
  /** Called when the hub cannot go on: ALERTS is not the one it was reading. What it knows is not true of this log. */
  failed(error: unknown): void;
}

/** The one reader of ALERTS, and whom it tells. Ready when it has read all there was at its start. */
export interface Hub extends Service, AlertBoard {
  readonly limits: PushLimits;
  /** What it holds of what `limits` bounds: open connections, and the ring of recent transitions. */
  held(): { readonly connections: number; readonly transitions: number; readonly bytes: number };
  /**
   * A feed for a connection; to be closed with it. `seat` is the organisation the connection counts for.
   * Throws `too-many` at the limit, `not-ready` before the hub has started and once it stops.
   */
  connect(outlet: Outlet, seat: string): Feed;
}

const readAtOnce = 256;
/** After so many sends the loop belongs to others for a tick. */
const sendsPerTick = 2_000;
const retryMs = 1_000;

export function createHub({ log, clock, happened, failed, limits: given = {} }: HubDeps): Hub {
  const limits = { ...defaultPushLimits, ...given };
  const ring = createRing(limits);
  const board = createBoard(limits);
  const audiences = createAudiences(limits.bufferedBytesMax);
  const feeds = new Set<Feed>();
  const seats = new Map<string, number>();
  const historyTurn = createTurns(limits.historyReadersMax);
  let known: { readonly created: string; readonly sealer: Sealer } | undefined;
  let position = 0;
  let reader: LogReader | undefined;
  let running: Promise<void> | undefined;
  const stopping = new AbortController();
  const isStopping = () => stopping.signal.aborted;

  /** Only where the hub has started: `connect` and `list` refuse before. */
  function ready(): { readonly created: string; readonly sealer: Sealer } {
    if (!known || isStopping()) throw new WeirError('not-ready', 'The alerts are being read, or weir is stopping.');
    return known;
  }

  /**
   * Retention may take the last ones meanwhile; only then it is done without them. A log that is slow to answer is waited
   * for: whoever subscribed to what comes from now on would be told the past.
   */
  async function readThrough(sequence: number, from: LogReader): Promise<void> {
    const isThere = () => position >= sequence;
    while (!isThere()) {
      const batch = await from.next({ waitMs: 1_000 });
      await take(batch);
      if (batch.length === 0 && (await log.info('ALERTS')).firstSequence > sequence) return;
    }
  }

  async function run(): Promise<void> {
    while (!isStopping()) {
      try {
        reader ??= log.read('ALERTS', { after: position, maxMessages: readAtOnce });
        const batch = await reader.next();
        if (batch.length > 0) await take(batch);
        else if (!isStopping()) throw new WeirError('log-unavailable', 'The log was closed.');
      } catch (error) {
        if (isWeirError(error, 'log-mismatch')) return failed(error);
        happened.pushReadFailed(messageOf(error));
        await reader?.close();
        reader = undefined;
        await pause(retryMs, stopping.signal);
      }
    }
  }

  async function take(batch: readonly LogMessage[]): Promise<void> {
    const lost = lostBefore(batch, position);
    if (lost) skip(lost);
    let sends = 0;
    for (const message of batch) {
      const entry = keep(message);
      if (entry) sends += tell(entry);
      if (sends < sendsPerTick) continue;
      sends = 0;
      await nextTick();
    }
  }

  /** At the first read that is what retention took long ago. Later, subscribers must be told: they read the log then. */
  function skip({ from, to }: { from: number; to: number }): void {
    const heard = position;
    ring.reset(to);
    position = to;
    if (heard === 0) return;
    happened.transitionsLost(from, to);
    for (const feed of feeds) feed.rewind(heard);
  }

  function keep(message: LogMessage): Entry | undefined {
    position = message.sequence;
    try {
      const entry = entryOf(message);
      ring.push(entry);
      if (!board.apply(entry)) happened.openAlertsOverLimit(entry.org, limits.openPerOrgMax);
      return entry;
    } catch (error) {
      happened.transitionUnreadable(message.sequence, messageOf(error));
      return undefined;
    }
  }

  function tell(entry: Entry): number {
    let cursor: string | undefined;
    const told = audiences.tell(entry, () => (cursor ??= seal(entry.org, entry.sequence)));
    if (told > 0) happened.alertPushed(entry.org, told, clock.now() - Date.parse(entry.receivedAt));
    return told;
  }

  function seal(org: string, sequence: number): string {
    if (!known) throw new WeirError('not-ready', 'The alerts are being read.');
    return known.sealer.seal(org, known.created, sequence);
  }

  function takeSeat(org: string): () => void {
    const taken = seats.get(org) ?? 0;
    if (feeds.size >= limits.connectionsMax || taken >= limits.connectionsPerOrgMax) {
      happened.subscriberRefused('too-many');
      throw new WeirError('too-many', 'There are as many connections as the limit allows.');
    }
    seats.set(org, taken + 1);
    return () => {
      const left = (seats.get(org) ?? 1) - 1;
      if (left > 0) seats.set(org, left);
      else seats.delete(org);
    };
  }

  function list({ org, filter, identity, limit, cursor }: AlertListQuery): AlertPage {
    const { sealer, created } = ready();
    const place = cursor === undefined ? undefined : sealer.open(org, created, cursor);
    if (cursor !== undefined && !place?.sameLog)
      throw new WeirError('cursor-invalid', 'The cursor is not of this list.');
    const found: Entry[] = [];
    for (const entry of board.newestFirst(org)) {
      if (place && entry.sequence >= place.sequence) continue;
      if (!matches(filter, identity, entry.alert)) continue;
      found.push(entry);
      if (found.length > limit) break;
    }
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    return {
      alerts: shown.map((entry) => decodeTransition(entry.data).alert),
      next: found.length > limit && last ? seal(org, last.sequence) : null,
      complete: board.complete(org),
    };
  }

  return {
    name: 'push',
    limits,
    held: () => ({ connections: feeds.size, ...ring.held() }),
    async start() {
      const { created, lastSequence } = await log.info('ALERTS');
      const sealer = await createSealer(log);
      reader = log.read('ALERTS', { after: 0, maxMessages: readAtOnce });
      await readThrough(lastSequence, reader);
      known = { created, sealer };
      running = run();
    },
    async stop() {
      stopping.abort();
      await reader?.close();
      await running;
      for (const feed of feeds) feed.close();
      feeds.clear();
    },
    connect(outlet, seat) {
      const { sealer } = ready();
      const leave = takeSeat(seat);
      const shelf = {
        log,
        ring,
        board,
        audiences,
        sealer,
        happened,
        limits,
        position: () => position,
        seal,
        historyTurn,
      };
      const feed = createFeed(shelf, outlet);
      feeds.add(feed);
      return {
        ...feed,
        close() {
          feed.close();
          if (feeds.delete(feed)) leave();
        },
      };
    },
    list,
    sees: mayHear,
  };
}
