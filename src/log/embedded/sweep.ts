import type { LogMessage } from '../log.ts';
import type { StreamDefinition } from '../streams.ts';
import type { Draft } from './draft.ts';
import { sweepIds } from './ids.ts';
import { decodeSegment, recordBytes, storedAtOf } from './segment.ts';
import { groupOf, segmentsOf, stateOf, type StreamState } from './store.ts';

/** Segments that one commit frees of each stream, so that no commit takes long. */
const sweptPerCommit = 16;

/** Frees what is older than it is kept, and what was trimmed: a little with every commit. Returns whether more is left to do. */
export function sweep(draft: Draft, definitions: readonly StreamDefinition[]): boolean {
  const left = definitions.map((definition) => sweepStream(draft, definition));
  return sweepIds(draft) || left.includes(true);
}

/** Whether `sweep` would find something to do. */
export function needsSweep(state: StreamState, definition: StreamDefinition, now: number): boolean {
  return state.trimmed || isExpired(state.oldest, definition, now);
}

function isExpired(storedAt: number | null, { maxAgeMs }: StreamDefinition, now: number): boolean {
  return storedAt !== null && storedAt <= now - maxAgeMs;
}

function sweepStream(draft: Draft, definition: StreamDefinition): boolean {
  const { store, now } = draft;
  const state = stateOf(draft.state, definition.name);
  if (!needsSweep(state, definition, now)) return false;

  let swept = 0;
  state.oldest = null;
  // All at once, since the loop removes what it goes through.
  const head = segmentsOf(store, definition.name).getRange({ limit: sweptPerCommit + 1 });
  for (const { key: first, value } of Array.from(head)) {
    const messages = decodeSegment(first, value);
    const last = first + messages.length - 1;
    state.oldest = storedAtOf(value);
    if (last >= state.first && !isExpired(state.oldest, definition, now)) break;
    if (swept === sweptPerCommit) return true;

    removeSegment(draft, definition, first, messages);
    state.bytes -= messages.reduce((sum, message) => sum + recordBytes(message), 0);
    state.first = Math.max(state.first, last + 1);
    state.oldest = null;
    swept += 1;
  }
  state.trimmed = false;
  return false;
}

function removeSegment(
  { store, writes }: Draft,
  { name }: StreamDefinition,
  first: number,
  messages: readonly LogMessage[],
): void {
  const last = first + messages.length - 1;
  for (const subject of new Set(messages.map((message) => message.subject))) {
    writes.push(() => store.groups.remove([groupOf(subject), first]));
    if ((store.lasts.get(subject) ?? 0) <= last) writes.push(() => store.lasts.remove(subject));
  }
  writes.push(() => segmentsOf(store, name).remove(first));
}
