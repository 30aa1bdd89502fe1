import { setImmediate as nextTick, setTimeout as after } from 'node:timers/promises';
import type { ServerMessage } from '../../schemas/push.ts';
import { isWeirError, messageOf, WeirError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { createTurns } from '../core/turns.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { orgOfSubject } from '../log/subjects.ts';
import { mayHold, readEntry } from '../orchestration/facts.ts';
import { createSealer, type Sealer } from './cursor.ts';
import { readHistory, sealedStream, startOf } from './history.ts';
import { defaultPushLimits, type PushLimits } from './limits.ts';
import type { Outlet } from './outlet.ts';
import type { PushHappenings } from './protocol.ts';
import { createRunMessages, toldOf, type RunListener, type RunSubscribeRequest } from './run-messages.ts';

export interface RunHubDeps {
  readonly log: Log;
  readonly happened: Pick<PushHappenings, 'pushReadFailed' | 'gapTold'>;
  readonly limits?: Partial<PushLimits>;
  /** A sequence of RUNS up to which no run is open: it need not be read from before that. */
  openAfter?(): Promise<number>;
  /** Called when it cannot go on: RUNS is not the one it was reading. */
  failed(error: unknown): void;
}

/** The subscriptions of one connection to runs and their insights. */
export interface RunFeed {
  /** Sends `subscribed`, then what it asked for. Rejects with `cursor-invalid`, `too-many`, `request-malformed`. */
  subscribe(request: RunSubscribeRequest): Promise<void>;
  has(id: string): boolean;
  /** False where there is no such subscription. */
  unsubscribe(id: string): boolean;
  /** To be called when the network took what was buffered. */
  drained(): void;
  close(): void;
}

/** Who hears of runs. Runs are few beside alerts, so each subscription reads the log itself: all that is kept of it is a number. */
export interface RunHub extends Service {
  /** Throws `not-ready` before it has started, and once it stops. */
  connect(outlet: Outlet): RunFeed;
}

interface Subscription extends RunListener {
  readonly outlet: Outlet;
  after: number;
  pumping: boolean;
  over: boolean;
}

/** What begins and ends a run. */
const marks = ['requested', 'run-ended'] as const;
const readAtOnce = 256;
const retryMs = 1_000;
const none: ReadonlySet<string> = new Set();

export function createRunHub({
  log,
  happened,
  failed,
  openAfter = async () => 0,
  limits: given = {},
}: RunHubDeps): RunHub {
  const limits = { ...defaultPushLimits, ...given };
  const turn = createTurns(limits.historyReadersMax);
  /** By organisation, runs that have not ended, with where they began. */
  const open = new Map<string, Map<string, number>>();
  const subscriptions = new Set<Subscription>();
  const stopping = new AbortController();
  let known: { readonly created: string; readonly sealer: Sealer } | undefined;
  let position = 0;
  let reader: LogReader | undefined;
  let running: Promise<void> = Promise.resolve();

  function ready() {
    if (!known || stopping.signal.aborted)
      throw new WeirError('not-ready', 'Runs are being read, or weir is stopping.');
    return known;
  }

  const seal = (org: string, sequence: number): string => {
    const { sealer, created } = ready();
    return sealer.seal(org, sealedStream('RUNS', created), sequence);
  };

  const messages = createRunMessages(log, seal);

  function see({ subject, data, sequence }: LogMessage): void {
    position = sequence;
    if (!subject.startsWith('weir.runs.') || !marks.some((fact) => mayHold(data, fact))) return;
    const [, , org = '', run = ''] = subject.split('.');
    const runs = open.get(org) ?? new Map<string, number>();
    for (const fact of readEntry(data)?.facts ?? []) {
      if (fact.fact === 'requested') runs.set(run, sequence);
      if (fact.fact === 'run-ended') runs.delete(run);
    }
    if (runs.size > 0) open.set(org, runs);
    else open.delete(org);
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        reader ??= log.read('RUNS', { after: position, maxMessages: readAtOnce });
        const batch = await reader.next();
        for (const message of batch) see(message);
        const orgs = new Set(batch.map(({ subject }) => orgOfSubject(subject)));
        for (const each of subscriptions) if (orgs.has(each.org)) resume(each);
      } catch (error) {
        if (isWeirError(error, 'log-mismatch')) return failed(error);
        happened.pushReadFailed(messageOf(error));
        await reader?.close();
        reader = undefined;
        await after(retryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const resume = (subscription: Subscription) => void pump(subscription);

  /** From where it is to the present, as long as the connection takes it; again when there is more, or room. */
  async function pump(subscription: Subscription): Promise<void> {
    if (subscription.pumping) return;
    subscription.pumping = true;
    try {
      while (hasRoom(subscription) && subscription.after < position) await advance(subscription);
    } catch (error) {
      happened.pushReadFailed(messageOf(error));
      setTimeout(resume, retryMs, subscription).unref();
    } finally {
      subscription.pumping = false;
    }
  }

  const hasRoom = ({ over, outlet }: Subscription) => !over && outlet.buffered() <= limits.bufferedBytesMax;

  async function advance(subscription: Subscription): Promise<void> {
    const { org, topic, id, outlet } = subscription;
    const upTo = position;
    const chunk = await turn(() => readHistory(log, toldOf(org, topic), subscription.after, upTo, limits.historyChunk));
    // An embedded log answers without leaving the tick; others must have their turn.
    await nextTick();
    if (subscription.over) return;
    if (chunk.lostThrough !== undefined) {
      say(outlet, { type: 'gap', id, from: seal(org, subscription.after), to: seal(org, chunk.lostThrough) });
      happened.gapTold(org);
      subscription.after = chunk.lostThrough;
    }
    for (const told of chunk.entries) {
      if (!hasRoom(subscription)) return;
      const message = await messages.of(subscription, told);
      if (subscription.over) return;
      if (message) say(outlet, message);
      subscription.after = told.sequence;
    }
    subscription.after = chunk.through;
  }

  function snapshotOf(org: string): Pick<Subscription, 'after' | 'open' | 'openThrough'> {
    const runs = open.get(org) ?? new Map<string, number>();
    const first = Math.min(position + 1, ...runs.values());
    return { after: first - 1, open: new Set(runs.keys()), openThrough: position };
  }

  async function subscribe(
    outlet: Outlet,
    own: Map<string, Subscription>,
    request: RunSubscribeRequest,
  ): Promise<void> {
    const { id, org, topic, from } = request;
    if (topic === 'insights' && from === 'open')
      throw new WeirError('request-malformed', 'Insights have no snapshot: start with "now", a time or a cursor.');
    if (own.size >= limits.subscriptionsPerConnectionMax) {
      const most = limits.subscriptionsPerConnectionMax;
      throw new WeirError('too-many', `A connection may have ${most} subscriptions to runs.`);
    }
    const start = await startOf({ log, sealer: ready().sealer, position, stream: 'RUNS' }, org, from);
    const place = start.kind === 'open' ? snapshotOf(org) : { after: start.sequence, open: none, openThrough: 0 };
    const subscription: Subscription = { ...request, outlet, ...place, pumping: false, over: false };
    own.set(id, subscription);
    subscriptions.add(subscription);
    say(outlet, { type: 'subscribed', id, cursor: seal(org, subscription.after) });
    if (start.kind === 'after' && start.gap) {
      say(outlet, { type: 'gap', id, ...start.gap });
      happened.gapTold(org);
    }
    resume(subscription);
  }

  return {
    name: 'runs-push',
    async start() {
      const { created, lastSequence } = await log.info('RUNS');
      const sealer = await createSealer(log);
      position = await openAfter();
      reader = log.read('RUNS', { after: position, maxMessages: readAtOnce });
      while (position < lastSequence) {
        const batch = await reader.next({ waitMs: retryMs });
        for (const message of batch) see(message);
        // Retention may take the last ones meanwhile.
        if (batch.length === 0 && (await log.info('RUNS')).firstSequence > lastSequence) break;
      }
      known = { created, sealer };
      running = follow();
    },
    async stop() {
      stopping.abort();
      await reader?.close();
      await running;
      for (const each of subscriptions) each.over = true;
    },
    connect(outlet) {
      ready();
      const own = new Map<string, Subscription>();
      const forget = (subscription: Subscription) => {
        subscription.over = true;
        subscriptions.delete(subscription);
        own.delete(subscription.id);
      };
      return {
        subscribe: (request) => subscribe(outlet, own, request),
        has: (id) => own.has(id),
        unsubscribe(id) {
          const subscription = own.get(id);
          if (subscription) forget(subscription);
          return subscription !== undefined;
        },
        drained: () => {
          for (const each of own.values()) resume(each);
        },
        close: () => {
          for (const each of own.values()) forget(each);
        },
      };
    },
  };
}

const say = (outlet: Outlet, message: ServerMessage) => outlet.send(outlet.framing.message(message));
