#!/usr/bin/env -S node --max-semi-space-size=32 --heap-growing-percent=300 --no-allocation-site-pretenuring --no-parallel-scavenge
import { runCli } from './cli/index.ts';
import { version } from './core/version.ts';

const stopping = new AbortController();
const stop = (signal: NodeJS.Signals): void => {
  // Who asks twice does not want to wait.
  if (stopping.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
  stopping.abort();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
// A reader that went away (`weir tail | head`) is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const code = await runCli(
  process.argv.slice(2),
  {
    env: process.env,
    cwd: process.cwd(),
    version,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTerminal: process.stdout.isTTY,
    errIsTerminal: process.stderr.isTTY,
    stopped: stopping.signal,
  },
  { createApp: async (config) => (await import('./app.ts')).createApp(config) },
);
// Whatever a library left running must not keep a finished command alive.
process.stdout.write('', () => process.exit(code));
