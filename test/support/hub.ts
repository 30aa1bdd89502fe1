import { serverMessageSchema, type AlertFilter, type ServerMessage } from '../../schemas/push.ts';
import type { Feed } from '../../src/push/feed.ts';
import { webSocketFraming } from '../../src/push/frames.ts';
import { createHub, type Hub } from '../../src/push/hub.ts';
import type { Outlet } from '../../src/push/outlet.ts';
import type { PushLimits } from '../../src/push/limits.ts';
import { epoch, writeAlerts } from './alerts.ts';
import { createMemoryLog, type MemoryLog } from './memory-log.ts';
import { isOf, pushHappenings, type Told } from './push.ts';

interface Setting {
  readonly log: MemoryLog;
  readonly hub: Hub;
  readonly told: Told;
  readonly book: ReturnType<typeof writeAlerts>;
  /** Why the hub could not go on. */
  readonly failures: unknown[];
}

export async function setting(
  limits: Partial<PushLimits> = {},
  log = createMemoryLog({ now: () => epoch }),
): Promise<Setting> {
  const told = pushHappenings();
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  const hub = createHub({ log, clock: { now: () => epoch }, happened: told, failed, limits });
  await hub.start();
  return { log, hub, told, book: writeAlerts(log), failures };
}

/** Of a whole text frame. */
function payloadOf(frame: Buffer): string {
  const length = frame[1] ?? 0;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10).toString('utf8');
}

/** A connection without a network: it takes `room` frames, and no more until there is room again. */
export function connect(hub: Hub, seat = 'acme', room = Infinity) {
  const messages: ServerMessage[] = [];
  const state = { room, overrun: 0 };
  const outlet: Outlet = {
    framing: webSocketFraming,
    send(frame) {
      const message = serverMessageSchema.parse(JSON.parse(payloadOf(frame)));
      if (message.type === 'alert' && state.room <= 0) state.overrun += 1;
      messages.push(message);
      state.room -= 1;
    },
    buffered: () => (state.room > 0 ? 0 : Infinity),
  };
  const feed = hub.connect(outlet, seat);
  const alerts = () => messages.filter((each) => isOf(each, 'alert'));
  return { feed, messages, state, alerts };
}

export const all = { roles: [] };

export const subscribe = (feed: Feed, from: string, filter: AlertFilter = {}, org = 'acme') =>
  feed.subscribe({ id: 'a', org, filter, identity: all, from });
