import { WeirError } from '../../core/errors.ts';
import type { Appended, NewMessage, StreamName } from '../log.ts';
import type { StreamDefinition } from '../streams.ts';
import { keepIds } from './ids.ts';
import { idKey, type IdWindow } from './id-window.ts';
import { encodeSegment, recordBytes, splitSegments, type SegmentRecord } from './segment.ts';
import { groupOf, segmentsOf, stateOf, type State, type Store, type Write } from './store.ts';

/**
 * A commit in the making. One is made at a time, so what it reads from the store is current; what it appends and writes is
 * gathered here and handed over at its end, and nothing outside sees any of it before it is on the disk.
 */
export interface Draft {
  readonly store: Store;
  readonly now: number;
  readonly state: State;
  readonly appended: Map<StreamName, SegmentRecord[]>;
  /** Last sequences of the subjects appended to in this commit. */
  readonly lasts: Map<string, number>;
  /** Keys of this commit's message ids, and the sequences they got; the window learns them once it is durable. */
  readonly ids: Map<string, number>;
  /** Revisions of keys put in this commit; 0 for those deleted in it. */
  readonly revisions: Map<string, number>;
  /** In the order they were asked for. */
  readonly writes: Write[];
}

export function createDraft(store: Store, committed: State, now: number): Draft {
  return {
    store,
    now,
    state: copyOf(committed),
    appended: new Map(),
    lasts: new Map(),
    ids: new Map(),
    revisions: new Map(),
    writes: [],
  };
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
  const copy = key === undefined ? undefined : (draft.ids.get(key) ?? window.find(key, draft.now));
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
  if (key !== undefined) draft.ids.set(key, state.last);
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

/** A segment of a stream, as it is written. */
export interface NewSegment {
  readonly stream: StreamName;
  readonly first: number;
  readonly bytes: Buffer;
}

/** Makes writes of what the commit gathered, and gives the segments among them. */
export function finishDraft(draft: Draft): readonly NewSegment[] {
  const { store, state, now, writes } = draft;
  const segments: NewSegment[] = [];
  for (const [stream, records] of draft.appended) {
    let first = stateOf(state, stream).last - records.length + 1;
    for (const part of splitSegments(records)) {
      const segment = { stream, first, bytes: encodeSegment(now, part) };
      segments.push(segment);
      writes.push(() => segmentsOf(store, stream).put(segment.first, segment.bytes));
      for (const group of new Set(part.map(({ subject }) => groupOf(subject)))) {
        writes.push(() => store.groups.put([group, segment.first], present));
      }
      first += part.length;
    }
  }
  for (const [subject, last] of draft.lasts) writes.push(() => store.lasts.put(subject, last));
  state.commits += 1;
  keepIds(draft);
  writes.push(() => store.meta.put('state', state));
  return segments;
}

const present = Buffer.from([1]);
