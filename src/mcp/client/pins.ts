import { idOf } from '../../core/ids.ts';
import type { KeyValue } from '../../log/log.ts';
import { changesBetween, hashOf, type ToolDefinition } from './definition.ts';

/** P What tools were like when they were trusted. It outlives the process. */
export interface Pins {
  get(server: string, tool: string): Promise<ToolDefinition | undefined>;
  put(server: string, tool: string, definition: ToolDefinition): Promise<void>;
}

/**
 * Whether a tool is the one that was pinned. `first` nobody saw it before: it is trusted as it is, and pinned. `accepted` the
 * configuration names this very definition: it is pinned in place of what was. `changed`: it is quarantined.
 */
export type Verdict =
  | { readonly kind: 'same' | 'first' | 'accepted' }
  | { readonly kind: 'changed'; readonly changes: readonly string[] };

/** `configured`: the hash that the configuration demands, where it does. */
export function verdictOf(
  definition: ToolDefinition,
  pinned: ToolDefinition | undefined,
  configured: string | undefined,
): Verdict {
  const hash = hashOf(definition);
  const known = pinned !== undefined && hashOf(pinned) === hash;
  if (configured === undefined) {
    if (known) return { kind: 'same' };
    return pinned === undefined ? { kind: 'first' } : { kind: 'changed', changes: changesBetween(pinned, definition) };
  }
  if (configured === hash) return { kind: known ? 'same' : 'accepted' };
  const changes = pinned === undefined || known ? [] : changesBetween(pinned, definition);
  return { kind: 'changed', changes: [`the configuration pins ${configured}, it is ${hash}`, ...changes] };
}

/** Pins in the log's key-value, so that all daemons of a log have the same. */
export function createLogPins(kv: KeyValue): Pins {
  const keyOf = (server: string, tool: string) => `mcp.pins.${idOf(server, tool)}`;
  return {
    async get(server, tool) {
      const found = await kv.get(keyOf(server, tool));
      if (!found) return undefined;
      const definition: ToolDefinition = JSON.parse(Buffer.from(found.value).toString('utf8'));
      return definition;
    },
    async put(server, tool, definition) {
      const key = keyOf(server, tool);
      const value = Buffer.from(JSON.stringify(definition));
      // Another daemon may pin at the same moment: who comes last stands, and what the next check finds is judged by it.
      for (let tries = 0; tries < putTriesMax; tries += 1) {
        const revision = (await kv.get(key))?.revision ?? 0;
        if ((await kv.put(key, value, revision)).kind === 'stored') return;
      }
    },
  };
}

const putTriesMax = 5;
