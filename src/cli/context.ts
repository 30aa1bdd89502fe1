import type { Command } from 'commander';
import { lintFile } from '../config/load.ts';
import { redactUrl } from '../config/redact.ts';
import type { Config } from '../config/schema.ts';

/** The process around a command, given so that tests can be one. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly version: string;
  /** Results; nothing else goes there, so that they can be piped. */
  readonly out: (text: string) => void;
  /** For people: progress, faults. */
  readonly err: (text: string) => void;
  /** Whether results, and what is said beside them, are read by a person at a terminal. */
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Aborted by SIGINT or SIGTERM. */
  readonly stopped: AbortSignal;
}

/** A command cannot do what it was asked: exit 1, with this text. A wrong call is `WrongUsage`, or commander's own. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** The daemon answered, and refused. Nothing changes by asking again where `forGood`. */
export class Refused extends CommandFailed {
  readonly forGood: boolean;
  /** Of HTTP. */
  readonly status: number;

  constructor(detail: string, status: number) {
    super(detail);
    this.status = status;
    this.forGood = status >= 400 && status < 500 && status !== 429;
  }
}

/** A command was called with what it does not take: exit 2, as when commander finds it. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** Options of every command. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: true;
}

/** Options of every command that asks a running daemon. */
export interface RemoteOptions extends CommonOptions {
  readonly url?: string;
  readonly org?: string;
}

export function withCommonOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration (default: WEIR_CONFIG, else weir.yaml where there is one)')
    .option('--json', 'results as JSON, for programs');
}

export function withRemoteOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--url <address>', 'where the daemon listens (default: WEIR_URL, else as configured)')
    .option('--org <org>', "the organisation, where the token in WEIR_TOKEN is an operator's")
    .addHelpText(
      'after',
      '\nEnvironment:\n  WEIR_URL    where the daemon listens\n  WEIR_TOKEN  the token to ask with',
    );
}

/** Where the daemon of a configuration is reached from here. The file may lack what only the daemon needs. */
export function addressOf({ env, cwd }: Context, { url, config: file }: RemoteOptions): URL {
  const named = url ?? env['WEIR_URL'];
  if (named) {
    if (!URL.canParse(named) || !/^https?:$/.test(new URL(named).protocol)) {
      const from = url === undefined ? ' (from WEIR_URL)' : '';
      throw new WrongUsage(`"${redactUrl(named)}" is no address such as http://127.0.0.1:8420${from}`);
    }
    return new URL(named);
  }
  const { config } = lintFile({ env, cwd, ...(file !== undefined && { file }) });
  return new URL(`http://${reachable(config.http)}`);
}

function reachable({ host, port }: Config['http']): string {
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
