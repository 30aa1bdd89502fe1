import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandFailed, WrongUsage, type Context } from '../context.ts';
import { faultOf } from '../demo/fault.ts';
import { createScreen } from '../demo/screen.ts';
import { unplannedShareMax } from '../../simulate/outcome.ts';

interface DemoOptions {
  readonly for?: string;
  readonly data?: string;
  readonly seed: string;
  readonly scenario: string;
  readonly port?: string;
  readonly json?: true;
  readonly expect?: true;
}

/** `weir demo`: everything in one process, fed a believable company's weeks through the real door. */
export function demoCommand(context: Context): Command {
  return new Command('demo')
    .description('starts everything in one process and plays weeks of a believable company into it')
    .option('--for <seconds>', 'ends after so long, with a summary (default: on Ctrl-C)')
    .option('--data <folder>', 'keeps the data there (default: a temporary folder, removed at the end)')
    .option('--seed <text>', 'the same seed gives the same company and the same weeks', '7')
    .option('--scenario <name>', 'which stories are planted: all, calm, or one by its name', 'all')
    .option('--port <number>', 'where to listen (default: 8420, or a free one where that is taken)')
    .option('--json', 'the last line is one JSON object')
    .option(
      '--expect',
      `fails unless every planted story is found and at most ${unplannedShareMax * 100} % of the alerts belong to none`,
    )
    .addHelpText('after', '\nNATS_URL and CLICKHOUSE_URL put a server in the place of the embedded log and store.')
    .action(async (options: DemoOptions) => {
      // It brings the whole daemon with it, which `weir tail` need not wait for.
      const { runDemo } = await import('../demo/run.ts');
      const seconds = numberOf('--for', options.for);
      const port = numberOf('--port', options.port);
      const kept = options.data !== undefined;
      const data = kept ? resolve(context.cwd, options.data ?? '') : mkdtempSync(join(tmpdir(), 'weir-demo-'));
      const screen = createScreen(context);
      try {
        const result = await runDemo({
          env: context.env,
          data,
          seed: options.seed,
          scenario: options.scenario,
          stopped: context.stopped,
          screen,
          ...(seconds !== undefined && { seconds }),
          ...(port !== undefined && { port }),
        });
        screen.summary(result);
        if (options.json) context.out(`${JSON.stringify(result.summary)}\n`);
        const fault = faultOf(result, options.expect);
        if (fault) throw new CommandFailed(fault);
      } finally {
        screen.close();
        if (!kept) rmSync(data, { recursive: true, force: true });
      }
    });
}

function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(number > 0)) throw new WrongUsage(`${option} ${text} is no number above 0`);
  return number;
}
