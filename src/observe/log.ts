import { styleText } from 'node:util';
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Short lines for people instead of JSON. */
  readonly pretty: boolean;
  readonly destination?: DestinationStream;
}

/**
 * JSON lines on stderr, or short text for a terminal. INFO: it happened. WARN: nothing is lost, somebody may look.
 * ERROR: somebody must act. Only `observe/happened/` writes to it.
 */
export function createLogger({ level = 'info', pretty, destination }: LoggerOptions): Logger {
  const stderr = destination ?? pino.destination({ fd: 2, sync: true });
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A second net: nothing that bears a secret is given to the log in the first place.
      redact: { paths: secretPaths, censor: '***' },
    },
    pretty ? prettyStream(stderr) : stderr,
  );
}

const secretNames = ['authorization', 'token', 'tokens', 'secret', 'secrets', 'password'];
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

function prettyStream(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(`${shortLine(line)}\n`) };
}

/** `12:00:00 warn  The log went away (reason=ECONNRESET)`. */
function shortLine(line: string): string {
  const { level, time, msg, err, ...rest }: Record<string, unknown> = JSON.parse(line);
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const trace = isError(err) ? `\n${err.stack}` : '';
  const shade = level === 'error' || level === 'fatal' ? 'red' : level === 'warn' ? 'yellow' : 'green';
  const aside = details.length === 0 ? '' : styleText('dim', ` (${details.join(' ')})`);
  return `${styleText('dim', clock)} ${styleText(shade, String(level).padEnd(5))} ${String(msg)}${aside}${trace}`;
}

function isError(value: unknown): value is { readonly stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string';
}
