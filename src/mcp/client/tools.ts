import type { Client } from '@modelcontextprotocol/client';
import { canonical } from '../../core/canonical.ts';
import { messageOf } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { isObject } from '../clean.ts';
import { definitionMax, hashOf, type ToolDefinition } from './definition.ts';
import type { McpHappenings } from './happenings.ts';
import type { ToolServerOptions } from './options.ts';
import { verdictOf, type Pins } from './pins.ts';
import { checkOf, type Check } from './schema.ts';
import { orAborted } from './supervise.ts';

/** A tool as it was last seen. `quarantined` it is not what was pinned, or nothing that can be pinned. */
export type ToolState =
  | {
      readonly kind: 'trusted';
      readonly hash: string;
      readonly checkInput: Check;
      /** Undefined where it promises no data. */
      readonly checkOutput: Check | undefined;
    }
  | { readonly kind: 'quarantined'; readonly hash: string; readonly changes: readonly string[]; readonly why: string }
  | { readonly kind: 'missing'; readonly why: string };

export interface ToolsDeps {
  readonly options: ToolServerOptions;
  readonly pins: Pins;
  readonly happened: McpHappenings;
  readonly client: Pick<Client, 'request'>;
  /** ms; of a clock that only goes forward. */
  readonly now: () => number;
}

/** The tools of a connection, held against their pins. */
export interface Tools {
  /** Asks the server for its definitions, and judges those that are configured. Rejects where it does not answer. */
  check(signal: AbortSignal): Promise<void>;
  /** The server says that they changed: they are asked for before the next call. */
  changed(): void;
  /** A tool's state, no older than a minute. */
  get(tool: string, signal: AbortSignal): Promise<ToolState>;
}

const freshMs = 60_000;
const pagesMax = 16;

export function createTools({ options, pins, happened, client, now }: ToolsDeps): Tools {
  const { name: server, timeoutMs } = options;
  let states = new Map<string, ToolState>();
  let staleAt = 0;
  let checking: Promise<void> | undefined;

  async function definitions(): Promise<ReadonlyMap<string, ToolDefinition>> {
    const listed = new Map<string, ToolDefinition>();
    let cursor: string | undefined;
    for (let page = 0; page < pagesMax; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const { tools, nextCursor } = await client.request({ method: 'tools/list', params }, { timeout: timeoutMs });
      for (const { _meta, ...definition } of tools) {
        // Of two with one name it is the first that is meant, as it is when one is called.
        if (Object.hasOwn(options.tools, definition.name) && !listed.has(definition.name)) {
          listed.set(definition.name, jsonOf(definition));
        }
      }
      if (nextCursor === undefined) return listed;
      cursor = nextCursor;
    }
    throw new Error(`it lists its tools on more than ${pagesMax} pages`);
  }

  async function judge(tool: string, definition: ToolDefinition | undefined): Promise<ToolState> {
    const full = `${server}/${tool}`;
    if (!definition) return { kind: 'missing', why: `the server ${server} has no tool ${tool}` };
    const hash = hashOf(definition);
    const quarantine = (changes: readonly string[], why: string): ToolState => {
      const before = states.get(tool);
      if (before?.kind !== 'quarantined' || before.hash !== hash) {
        happened.toolQuarantined(server, tool, hash, changes);
      }
      return { kind: 'quarantined', hash, changes, why: `${full} is quarantined: ${why}` };
    };
    const size = canonical(definition).length;
    if (size > definitionMax) {
      const why = `its definition has ${size} characters; ${definitionMax} are taken`;
      return quarantine([why], why);
    }
    const verdict = verdictOf(definition, await pins.get(server, tool), options.tools[tool]?.pin);
    if (verdict.kind === 'changed') {
      const { changes } = verdict;
      const accept = `If it is to be trusted as it is, pin ${hash}.`;
      return quarantine(changes, `it is not what was pinned. ${changes.join('; ')}. ${accept}`);
    }
    let trusted: ToolState;
    try {
      trusted = trustedOf(definition, hash);
    } catch (error) {
      const why = `its schema is none: ${messageOf(error)}`;
      return quarantine([why], why);
    }
    if (verdict.kind !== 'same') {
      await pins.put(server, tool, definition);
      happened.toolPinned(server, tool, verdict.kind, hash);
    }
    return trusted;
  }

  async function checkAll(): Promise<void> {
    // What changes while they are asked for is asked for again.
    staleAt = now() + freshMs;
    const listed = await definitions();
    const judged = new Map<string, ToolState>();
    for (const tool of Object.keys(options.tools)) judged.set(tool, await judge(tool, listed.get(tool)));
    states = judged;
  }

  async function check(signal: AbortSignal): Promise<void> {
    checking ??= checkAll().finally(() => (checking = undefined));
    checking.catch(() => undefined);
    await orAborted(checking, signal);
  }

  return {
    check,
    changed: () => void (staleAt = 0),
    async get(tool, signal) {
      if (checking || now() >= staleAt) await check(signal);
      return states.get(tool) ?? { kind: 'missing', why: `${server}/${tool} is not configured` };
    },
  };
}

function trustedOf(definition: ToolDefinition, hash: string): ToolState {
  const [input, output] = [definition['inputSchema'], definition['outputSchema']];
  return {
    kind: 'trusted',
    hash,
    checkInput: checkOf(isObject(input) ? input : {}),
    checkOutput: isObject(output) ? checkOf(output) : undefined,
  };
}

function jsonOf(value: object): JsonObject {
  const json: JsonObject = JSON.parse(JSON.stringify(value));
  return json;
}
