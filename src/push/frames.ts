import type { ServerMessage } from '../../schemas/push.ts';
import { eventFrame } from '../core/event-stream.ts';
import type { Entry } from './entry.ts';

/** How messages become bytes on one kind of connection. */
export interface Framing {
  alert(entry: Entry, cursor: string, id: string): Buffer;
  message(message: ServerMessage): Buffer;
  /** Subscriptions with equal keys get equal bytes for an alert, which are then made once. */
  key(id: string): string;
}

/**
 * JSON in whole WebSocket frames, ready for the network. The transition is spliced in as it stands on the log, behind what is the subscription's own:
 * however many hear of an alert, it is never serialised again.
 */
export const webSocketFraming: Framing = {
  alert: (entry, cursor, id) =>
    textFrame(spliced(`{"type":"alert","id":${JSON.stringify(id)},"cursor":"${cursor}",`, entry, '}')),
  message: (message) => textFrame(Buffer.from(JSON.stringify(message))),
  key: (id) => `ws ${id}`,
};

/** Server-sent events: the cursor is the event's id, so a browser sends it back as `Last-Event-ID` by itself. */
export const sseFraming: Framing = {
  alert: (entry, cursor) =>
    spliced(`id: ${cursor}\nevent: alert\ndata: {"type":"alert","cursor":"${cursor}",`, entry, '}\n\n'),
  message: (message) => {
    const { id: _, ...rest } = { id: '', ...message };
    const cursor = message.type === 'gap' ? message.to : 'cursor' in message ? message.cursor : undefined;
    return Buffer.from(eventFrame(cursor, message.type, rest));
  },
  key: () => 'sse',
};

/** The object on the log begins with its brace and ends with it; `head` and `tail` bring their own. */
function spliced(head: string, entry: Entry, tail: string): Buffer {
  return Buffer.concat([Buffer.from(head), entry.data.subarray(1, -1), Buffer.from(tail)]);
}

/** RFC 6455, 5.2: one final text frame, unmasked as a server's are. Made once for all who get it. */
function textFrame(payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}
