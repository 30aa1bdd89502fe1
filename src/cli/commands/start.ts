import { Command } from 'commander';
import { inOrder, type Finding } from '../../config/document.ts';
import { findingText, lintFile } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { CommandFailed, withCommonOptions, type CommonOptions, type Context } from '../context.ts';
import { asked, inTime, stopAsked, stoppedLate } from '../stopping.ts';

/** The daemon as the command sees it. */
export interface App {
  /** Resolves when it is ready. What fails half-way has undone itself. */
  start(): Promise<void>;
  /** Stops intake, finishes what is in flight, saves positions; in the middle of a start, that ends with an `AbortError`. */
  stop(): Promise<void>;
  /** Where it listens: `http://127.0.0.1:8420`. Known after `start`. */
  readonly address: string;
  /** Resolves with why, when it cannot go on by itself: fenced off, a broken log. */
  readonly failed?: Promise<unknown>;
}

export type CreateApp = (config: Config) => Promise<App> | App;

/** `weir start`: the daemon, until SIGTERM or SIGINT. */
export function startCommand(context: Context, { createApp }: { createApp: CreateApp }): Command {
  return withCommonOptions(new Command('start'))
    .description('the daemon; stops on SIGTERM or Ctrl-C, finishing what is in flight')
    .addHelpText('after', '\nEvery option of the configuration and its name in the environment: docs/configuration.md')
    .action(async (options: CommonOptions) => {
      const config = await configOf(context, options);
      const app = await createApp(config);
      const stop = stopAsked(context.stopped);
      const starting = app.start();
      // Who starts may wait for a log that is full or away, and must be stoppable all the same.
      if ((await Promise.race([starting, stop])) !== asked && options.json)
        context.out(`${JSON.stringify({ address: app.address })}\n`);
      const failure = await Promise.race([stop, app.failed ?? never]);
      const whole = await inTime(Promise.all([starting, app.stop()]));
      if (!whole) context.err(`weir: ${stoppedLate}\n`);
      if (failure !== asked) throw failure instanceof Error ? failure : new CommandFailed(String(failure));
    });
}

/** Warnings are said and lived with. */
async function configOf({ env, cwd, err }: Context, { config: file }: CommonOptions): Promise<Config> {
  const [{ sourceNames }, { checkSettings }] = await Promise.all([
    import('../sources.ts'),
    import('../check/settings.ts'),
  ]);
  const linted = lintFile({ env, cwd, sources: sourceNames, ...(file !== undefined && { file }) });
  const { config } = linted;
  const findings = inOrder([...linted.findings, ...(await checkSettings(linted))]);
  refuse(findings, cwd);
  for (const warning of findings) err(`${findingText(warning, cwd)}\n`);
  return config;
}

function refuse(findings: readonly Finding[], cwd: string): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new CommandFailed(`The configuration is wrong:\n${errors.map((each) => findingText(each, cwd)).join('\n')}`);
}

const never = new Promise<never>(() => undefined);
