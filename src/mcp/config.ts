import { tmpdir } from 'node:os';
import { z } from 'zod';
import { durationMs, type Duration } from '../core/duration.ts';
import { namePattern } from '../core/event.ts';
import type { Json } from '../core/json.ts';
import type { ToolServerOptions } from './client/options.ts';

/** What the configuration's schema is made with; given, so that the schema can have this as a part. */
export interface SchemaParts {
  option<T extends z.core.$ZodType>(
    type: T,
    about: string,
    more?: { readonly each?: string; readonly secret?: true },
  ): T;
  readonly duration: z.ZodType<Duration, Duration>;
  /** A size in bytes, also as `64KiB`. */
  readonly bytes: z.ZodType<number, number | string>;
}

/** `mcp` in the configuration. */
export function mcpSchema({ option, duration, bytes }: SchemaParts) {
  const id = z.string().regex(/^[\w.:/-]{1,128}$/, 'expected a name of letters, digits and ._:/-');
  const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of an environment variable');

  const cost = z.strictObject({
    money: option(z.number().min(0).default(0), 'US dollars.'),
    tokens: option(z.int().min(0).default(0), 'Tokens of models.'),
  });

  const tool = z
    .strictObject({
      skill: option(id.exactOptional(), 'Capability that it is asked for by; without one, `<server>.<tool>`.'),
      description: option(z.string().min(1).max(1_000), 'What it is for. What the server says of it is not gone by.'),
      sideEffects: option(
        z.enum(['none', 'reversible', 'irreversible']),
        'What a call does to the outside. With effects, an argument has to take the `key`.',
      ),
      undo: option(id.exactOptional(), 'The skill that takes back what this one did.'),
      pin: option(
        z
          .string()
          .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex')
          .exactOptional(),
        'Hash of the definition that is trusted; without one, the first that is seen.',
      ),
      arguments: option(
        z.record(z.string().min(1).max(128), id).default({}),
        'What each argument is taken from: `key`, `entity`, `goal`, `asOf`, or a name of the input.',
        { each: 'argument' },
      ),
      constants: option(z.record(z.string(), z.json()).default({}), 'Arguments that are always the same.', {
        each: 'argument',
      }),
      output: option(id.exactOptional(), 'Name under which its answer is given on; without one, its skill.'),
      cost: cost.prefault({}),
    })
    .refine(({ sideEffects, arguments: taken }) => sideEffects === 'none' || Object.values(taken).includes('key'), {
      path: ['arguments'],
      message: 'a tool with side effects needs an argument taken from "key": a call may be made again',
    })
    .refine(({ sideEffects, undo }) => undo === undefined || sideEffects === 'reversible', {
      path: ['undo'],
      message: 'only what is reversible has an undo',
    });

  const server = z.strictObject({
    command: option(z.string().min(1), 'The program, by its path or by a name on the `PATH` of weir.'),
    args: option(z.array(z.string()).max(100).default([]), 'Its arguments.'),
    env: option(z.record(variable, z.string()).default({}), 'All there is in its environment, beside `secrets`.', {
      each: 'variable',
    }),
    secrets: option(
      z.record(variable, option(z.string(), 'The value.', { secret: true })).default({}),
      'More of its environment: what must not stand in the file.',
      { each: 'variable' },
    ),
    cwd: option(z.string().min(1).exactOptional(), 'Its folder; without one, that of temporary files.'),
    timeout: option(duration.default('30s'), 'A call, or a start, that takes longer has failed.'),
    concurrent: option(z.int().min(1).max(100).default(4), 'Calls at once.'),
    maxResult: option(bytes.default(64 * 1024), 'Largest answer: longer text is cut, larger data refused.'),
    version: option(z.int().min(1).default(1), 'Raise it when the same task may get another answer.'),
    tools: option(z.record(z.string().min(1).max(128), tool).default({}), 'The tools that may be called.', {
      each: 'tool',
    }),
  });

  return z.strictObject({
    servers: option(
      z
        .record(z.string().regex(namePattern, 'expected a name of a-z, 0-9 and -, at most 63 characters'), server)
        .default({}),
      'MCP servers whose tools are agents.',
      { each: 'server' },
    ),
  });
}

export type McpConfig = z.output<ReturnType<typeof mcpSchema>>;

const restart = { firstMs: 250, mostMs: 30_000, steadyMs: 60_000 };

/** The configured servers, as the parts here take them. */
export function toolServersOf({ servers }: McpConfig): readonly ToolServerOptions[] {
  return Object.entries(servers).map(([name, { env, secrets, cwd, timeout, maxResult, tools, ...server }]) => {
    const timeoutMs = durationMs(timeout);
    return {
      ...server,
      name,
      env: { ...env, ...secrets },
      cwd: cwd ?? tmpdir(),
      timeoutMs,
      resultMax: maxResult,
      restart,
      tools: Object.fromEntries(
        Object.entries(tools).map(
          ([tool, { skill = `${name}.${tool}`, output, pin, undo, constants, cost, ...rest }]) => [
            tool,
            {
              ...rest,
              skill,
              pin,
              undo,
              output: output ?? skill,
              constants: jsonObject(constants),
              cost: { ...cost, calls: 1, agentSeconds: timeoutMs / 1_000 },
            },
          ],
        ),
      ),
    };
  });
}

function jsonObject(constants: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return constants;
}
