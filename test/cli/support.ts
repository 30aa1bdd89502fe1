import type { CreateApp } from '../../src/cli/commands/start.ts';
import { runCli } from '../../src/cli/index.ts';
import { newFolder } from '../support/folder.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stopped?: AbortSignal;
  /** Whether results go to a terminal. */
  readonly onTerminal?: boolean;
  readonly createApp?: CreateApp;
  readonly onOut?: (text: string) => void;
}

/** Runs a command line as a process would, without one. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const context = {
    env: { HOME: newFolder(), ...options.env },
    cwd: options.cwd ?? newFolder(),
    version: '1.2.3',
    out: (text: string) => {
      out += text;
      options.onOut?.(text);
    },
    err: (text: string) => void (err += text),
    outIsTerminal: options.onTerminal ?? false,
    errIsTerminal: false,
    stopped: options.stopped ?? new AbortController().signal,
  };
  const createApp: CreateApp = options.createApp ?? (() => Promise.reject(new Error('no daemon in this test')));
  const code = await runCli(argv, context, { createApp });
  return { code, out, err };
}
