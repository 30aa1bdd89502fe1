import { WeirError } from '../../core/errors.ts';
import type { Appended, NewMessage, StreamName } from '../log.ts';
import type { StreamDefinition } from '../streams.ts';
import { keepIds, type NewId } from './ids.ts';
import { idKey, type IdWindow } from './id-window.ts';
import { encodeSegment, recordBytes, splitSegments, type SegmentRecord } from './segment.ts';
import { groupOf, segmentsOf, stateOf, type State, type Store } from './store.ts';

/**
 * A commit in the making. It lives inside one LMDB write transaction: what it reads from the store is current, what it
 * appends is gathered here and written at its end, and nothing outside sees any of it before it is on the disk.
 */
export interface Draft {
  readonly store: Store;
  readonly now: number;
  readonly state: State;
  readonly appended: Map<StreamName, SegmentRecord[]>;
  /** Last sequences of the subjects appended to in this commit. */
  readonly lasts: Map<string, number>;
  /** Message ids of this commit, by their key as hex; the window learns them once it is durable. */
  readonly ids: Map<string, NewId>;
}

export function createDraft(store: Store, committed: State, now: number): Draft {
  return { store, now, state: copyOf(committed), appended: new Map(), lasts: new Map(), ids: new Map() };
}

/** A commit that fails must leave no trace in it. */
const copyOf = (state: State): State => ({
  ...state,
  streams: Object.fromEntries(Object.entries(state.streams).map(([name, stream]) => [name, { ...stream }])),
});

/** Both checks and the append, at one moment. The checks come in JetStream's order: a known id is a duplicate whatever is expected. */
export function appendTo(draft: Draft, window: IdWindow, definition: StreamDefinition, message: NewMessage): Appended {
  const { stream, subject, data } = message;
  const key = message.id === undefined ? undefined : idKey(stream, message.id);
  const copy = key && (draft.ids.get(key.toString('hex'))?.sequence ?? window.find(key, draft.now));
  if (copy !== undefined) return { kind: 'duplicate', sequence: copy };
  if (message.expectLast !== undefined && message.expectLast !== lastOf(draft, stream, subject))
    return { kind: 'moved' };

  const state = stateOf(draft.state, stream);
  const bytes = recordBytes({ subject, data });
  if (state.bytes + bytes > definition.maxBytes) {
    throw new WeirError('log-full', `the stream ${stream} has reached its ${definition.maxBytes} bytes`);
  }
  state.last += 1;
  state.bytes += bytes;
  state.oldest ??= draft.now;
  const records = draft.appended.get(stream);
  if (records) records.push({ subject, data });
  else draft.appended.set(stream, [{ subject, data }]);
  draft.lasts.set(subject, state.last);
  if (key) draft.ids.set(key.toString('hex'), { key, sequence: state.last });
  return { kind: 'appended', sequence: state.last };
}

function lastOf(draft: Draft, stream: StreamName, subject: string): number {
  const last = draft.lasts.get(subject) ?? draft.store.lasts.get(subject) ?? 0;
  return last >= stateOf(draft.state, stream).first ? last : 0;
}

/** Hides everything through a sequence at once; `sweep` frees the room it took. */
export function trimTo(draft: Draft, stream: StreamName, through: number): void {
  const state = stateOf(draft.state, stream);
  if (through < state.first) return;
  state.first = Math.min(through, state.last) + 1;
  state.trimmed = true;
}

/** Writes what the commit gathered. */
export function finishDraft(draft: Draft): void {
  const { store, state, now } = draft;
  for (const [stream, records] of draft.appended) {
    let first = stateOf(state, stream).last - records.length + 1;
    for (const segment of splitSegments(records)) {
      segmentsOf(store, stream).putSync(first, encodeSegment(now, segment), { append: true });
      for (const group of new Set(segment.map(({ subject }) => groupOf(subject)))) {
        store.groups.putSync([group, first], present);
      }
      first += segment.length;
    }
  }
  for (const [subject, last] of draft.lasts) store.lasts.putSync(subject, last);
  state.commits += 1;
  keepIds(draft);
  store.meta.putSync('state', state);
}

const present = Buffer.from([1]);
