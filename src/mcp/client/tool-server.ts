import { Client } from '@modelcontextprotocol/client';
import type { JsonObject } from '../../core/json.ts';
import type { Service } from '../../core/service.ts';
import { cleanText } from '../clean.ts';
import { createChild, type Child } from './child.ts';
import { ToolFault } from './fault.ts';
import type { McpHappenings } from './happenings.ts';
import type { ToolServerOptions } from './options.ts';
import type { Pins } from './pins.ts';
import { answerOf, type ToolAnswer } from './result.ts';
import { supervise, type Running, type Supervised } from './supervise.ts';
import { createTools, type Tools } from './tools.ts';
import { faultOf } from './translate.ts';

export interface ToolCall {
  /** The server's name for it. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly signal: AbortSignal;
  /** `done`: 0 … 1. */
  onProgress?(done: number, text: string): void;
}

/** A tool server: one child process, started again when it ends. */
export interface ToolServer extends Service {
  /** Rejects with a `ToolFault`, or with the signal's reason. Waits for a server that is being started, as long as a call may take. */
  call(call: ToolCall): Promise<ToolAnswer>;
}

export interface ToolServerDeps {
  readonly options: ToolServerOptions;
  readonly pins: Pins;
  readonly happened: McpHappenings;
  readonly version: string;
  /** ms; of a clock that only goes forward. */
  readonly now: () => number;
}

interface Connection {
  readonly client: Client;
  readonly child: Child;
  readonly tools: Tools;
}

/** Largest message, bytes: a result twice over, as text and as data, written in JSON; or a page of definitions. */
const messageMaxOf = (resultMax: number) => 1024 ** 2 + 4 * resultMax;
/** How long a server that did not answer in time has to show that it lives; ms. */
const pingMs = 2_000;

export function createToolServer(deps: ToolServerDeps): ToolServer {
  const { options, happened, now } = deps;
  const { name, timeoutMs, concurrent, resultMax } = options;
  let supervised: Supervised<Connection> | undefined;
  let running = 0;
  let said = '';

  async function open(signal: AbortSignal): Promise<Running<Connection>> {
    const child = createChild({ ...options, messageMax: messageMaxOf(resultMax) });
    const client = new Client({ name: 'weir', version: deps.version }, { capabilities: {} });
    const tools = createTools({ ...deps, client });
    client.setNotificationHandler('notifications/tools/list_changed', () => tools.changed());
    try {
      await client.connect(child, { timeout: timeoutMs, signal });
      await tools.check(signal);
    } catch (error) {
      await child.close();
      throw error;
    } finally {
      said = child.said();
    }
    happened.toolServerStarted(name, child.pid);
    const ended = child.ended.then(({ why }) => {
      said = child.said();
      return why;
    });
    return { value: { client, child, tools }, ended, close: () => child.close() };
  }

  async function calling({ tool, args, signal, onProgress }: ToolCall): Promise<ToolAnswer> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const { client, child, tools } = await readyWithin(within, signal);
    const full = `${name}/${tool}`;
    const told = <T>(asking: Promise<T>): Promise<T> =>
      asking.catch(async (error: unknown) => {
        signal.throwIfAborted();
        throw await faultOf(error, { tool: full, timeoutMs, child, isAlive: () => isAlive(client) });
      });
    const state = await told(tools.get(tool, within));
    if (state.kind !== 'trusted') throw new ToolFault(state.kind === 'missing' ? 'invalid' : 'refused', state.why);
    const wrong = state.checkInput(args);
    if (wrong !== undefined) throw new ToolFault('invalid', `${full} is not called with these arguments: ${wrong}`);
    const limits = {
      signal,
      timeout: timeoutMs,
      maxTotalTimeout: timeoutMs,
      ...(onProgress && { onprogress: (progress: Progress) => onProgress(shareOf(progress), textOf(progress)) }),
    };
    const params = { name: tool, arguments: args };
    const result = await told(client.request({ method: 'tools/call', params }, limits));
    return answerOf(result, { tool: full, resultMax, check: state.checkOutput });
  }

  function readyWithin(within: AbortSignal, signal: AbortSignal): Promise<Connection> {
    if (!supervised) throw new ToolFault('transient', `${name} is not started`);
    return supervised.ready(within).catch((error: unknown) => {
      signal.throwIfAborted();
      if (error instanceof ToolFault) throw error;
      throw new ToolFault('transient', `${name} was not ready within ${timeoutMs} ms`, { cause: error });
    });
  }

  return {
    name: `mcp ${name}`,
    async start() {
      supervised ??= supervise({
        restart: options.restart,
        now,
        open,
        down: (why, waitMs) => happened.toolServerDown(name, why, said, waitMs),
      });
    },
    async stop() {
      await supervised?.stop();
    },
    async call(call) {
      if (running >= concurrent) {
        throw new ToolFault('rate-limited', `${name} has ${concurrent} calls, as many as it is given at once`, {
          retryAfterMs: timeoutMs,
        });
      }
      running += 1;
      const began = now();
      let outcome = 'aborted';
      try {
        const answer = await calling(call);
        outcome = 'answered';
        return answer;
      } catch (error) {
        if (error instanceof ToolFault) outcome = error.fault;
        throw error;
      } finally {
        running -= 1;
        happened.toolCalled(name, call.tool, outcome, now() - began);
      }
    },
  };
}

async function isAlive(client: Client): Promise<boolean> {
  return client.ping({ timeout: pingMs }).then(
    () => true,
    () => false,
  );
}

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

const shareOf = ({ progress, total }: Progress) =>
  total !== undefined && total > 0 ? Math.min(1, Math.max(0, progress / total)) : 0;

const wordsMax = 200;
const textOf = ({ message = '' }: Progress) => cleanText(message.slice(0, wordsMax));
