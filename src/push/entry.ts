import { decodeTransition } from '../../schemas/alert.ts';
import type { LogMessage } from '../log/log.ts';
import { orgOfSubject } from '../log/subjects.ts';
import type { Facets } from './protocol.ts';

/** A transition as the push keeps it: what decides who hears of it, and the bytes of the log, which go out unchanged. */
export interface Entry {
  readonly sequence: number;
  readonly org: string;
  readonly alertId: string;
  readonly alert: Facets;
  readonly receivedAt: string;
  /** JSON of the AlertTransition. */
  readonly data: Buffer;
}

/** Throws where the message is no transition. */
export function entryOf(message: LogMessage): Entry {
  const transition = decodeTransition(message.data);
  const { alert, receivedAt } = transition;
  const { kind, severity, status, entity, sources, roles } = alert;
  const data = Buffer.from(message.data);
  // Frames are spliced around the outer braces, so they must be its first and last byte.
  const bare = data[0] === openBrace && data.at(-1) === closeBrace;
  return {
    sequence: message.sequence,
    org: orgOfSubject(message.subject) ?? alert.org,
    alertId: alert.id,
    alert: { kind, severity, status, entity, sources, roles },
    receivedAt,
    data: bare ? data : Buffer.from(JSON.stringify(transition)),
  };
}

const openBrace = 0x7b;
const closeBrace = 0x7d;
