import type { Cost } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';

/** A tool server as it is configured. */
export interface ToolServerOptions {
  /** `[a-z0-9-]{1,63}` */
  readonly name: string;
  /** A program, by its path or by a name on weir's own `PATH`. */
  readonly command: string;
  readonly args: readonly string[];
  /** All there is in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its working directory. */
  readonly cwd: string;
  /** An answer takes longer: `timed-out`; ms. */
  readonly timeoutMs: number;
  /** Calls at once; a further one is `rate-limited`. */
  readonly concurrent: number;
  /** Longest text, and longest data, of one result; characters. */
  readonly resultMax: number;
  readonly version: number;
  readonly restart: RestartOptions;
  /** Tools that may be called, by the server's name for them; others are not. */
  readonly tools: Readonly<Record<string, ToolOptions>>;
}

export interface RestartOptions {
  /** Wait before the first restart; doubled with each that follows; ms. */
  readonly firstMs: number;
  readonly mostMs: number;
  /** A server that ran for this long begins anew with the shortest wait; ms. */
  readonly steadyMs: number;
}

export interface ToolOptions {
  /** The capability it is asked for by. */
  readonly skill: string;
  /** What it is for, in the words of who trusts it: what the server says of it reaches no card and no model. */
  readonly description: string;
  /** Hash of the definition that is trusted; undefined: the first that is seen. */
  readonly pin: string | undefined;
  readonly sideEffects: 'none' | 'reversible' | 'irreversible';
  readonly undo: string | undefined;
  /** Arguments by name, and what each is taken from: `key`, `entity`, `goal`, `asOf`, or a name of the task's input. */
  readonly arguments: Readonly<Record<string, string>>;
  /** Arguments that are always the same. */
  readonly constants: JsonObject;
  /** Under which name its answer is given on. */
  readonly output: string;
  readonly cost: Cost;
}
