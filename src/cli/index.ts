import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { isWeirError, messageOf } from '../core/errors.ts';
import { alertsCommand } from './commands/alerts.ts';
import { checkCommand } from './commands/check.ts';
import { deadLettersCommand } from './commands/deadletters.ts';
import { demoCommand } from './commands/demo.ts';
import { explainCommand } from './commands/explain.ts';
import { mcpCommand } from './commands/mcp.ts';
import { modelCommand } from './commands/model.ts';
import { queryCommand } from './commands/query.ts';
import { runsCommand } from './commands/runs.ts';
import { simulateCommand } from './commands/simulate.ts';
import { startCommand, type CreateApp } from './commands/start.ts';
import { tailCommand } from './commands/tail.ts';
import { CommandFailed, WrongUsage, type Context } from './context.ts';

export interface CliDeps {
  /** Given as a function so that asking a daemon does not load one. */
  readonly createApp: CreateApp;
}

/** Exit codes: what a shell may rely on. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** Runs a command line and gives its exit code. */
export async function runCli(argv: readonly string[], context: Context, deps: CliDeps): Promise<number> {
  const program = commandTable(context, deps);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (error instanceof WrongUsage) {
      context.err(`error: ${error.message}\n(see --help)\n`);
      return exitCodes.usage;
    }
    if (context.stopped.aborted && isAbort(error)) return exitCodes.done;
    context.err(`weir: ${textOf(error)}\n`);
    return exitCodes.failed;
  }
}

function commandTable(context: Context, deps: CliDeps): Command {
  const program = new Command('weir')
    .description('scores, correlates and pushes what happens in the event streams a company already has')
    .version(context.version)
    .helpCommand(true);
  const commands = [
    startCommand(context, deps),
    tailCommand(context),
    alertsCommand(context),
    queryCommand(context),
    explainCommand(context),
    deadLettersCommand(context),
    modelCommand(context),
    runsCommand(context),
    checkCommand(context),
    simulateCommand(context),
    demoCommand(context),
    mcpCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  speakThrough(program, context);
  return program;
}

/** Commander throws in place of exiting, and writes where the context says; its settings are not inherited by added commands. */
function speakThrough(command: Command, context: Context): void {
  command
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureOutput({ writeOut: context.out, writeErr: context.err });
  for (const inner of command.commands) speakThrough(inner, context);
}

/** Expected failures speak for themselves; of a bug the stack is wanted. */
function textOf(error: unknown): string {
  if (error instanceof CommandFailed || isWeirError(error)) return error.message;
  // The commands read what daemons answer, and nothing else, by a schema.
  if (error instanceof z.ZodError) return `What answered is not weir, or another version of it. ${messageOf(error)}`;
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

/** Whether it ended because it was told to, or what it asked did. */
function isAbort(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'AbortError' || (error instanceof CommandFailed && isAbort(error.cause));
}
