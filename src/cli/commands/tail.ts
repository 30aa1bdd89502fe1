import { Command, Option } from 'commander';
import { styleText } from 'node:util';
import { severities, type Severity } from '../../core/alert.ts';
import { systemClock } from '../../core/clock.ts';
import { rfc3339Ms } from '../../core/time.ts';
import { createClient } from '../client.ts';
import { WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { createCursorFile } from '../tail/cursor-file.ts';
import { follow, type AlertMessage } from '../tail/follow.ts';
import { plain } from '../output.ts';

interface TailOptions extends RemoteOptions {
  readonly minSeverity?: Severity;
  readonly from?: string;
  readonly count?: string;
}

/** `weir tail`: alerts in the terminal as they come, resuming where it stopped. */
export function tailCommand(context: Context): Command {
  return withRemoteOptions(new Command('tail'))
    .description('alerts as they come; goes on where it stopped, and connects again by itself')
    .addOption(new Option('--min-severity <severity>', 'nothing below it').choices([...severities]))
    .option(
      '--from <when>',
      'now, open (those open now, then live), a time, or a cursor (default: where it stopped, else open)',
    )
    .option('--count <number>', 'ends after so many')
    .action(async (options: TailOptions) => {
      const client = createClient(context, options);
      const filter = options.minSeverity ? { minSeverity: options.minSeverity } : {};
      const cursorFile = createCursorFile(context, [client.address.origin, options.org ?? '', JSON.stringify(filter)]);
      const atMost = countOf(options.count);
      let told = 0;
      await follow({
        address: client.address,
        headers: client.headers,
        filter,
        from: fromOf(options.from) ?? cursorFile.read() ?? 'open',
        ...(options.org !== undefined && { org: options.org }),
        stopped: context.stopped,
        said: (text) => context.err(`${aside(text)}\n`),
        told: (message) => {
          context.out(options.json ? `${JSON.stringify(message)}\n` : line(message, systemClock.now()));
          told += 1;
          return told < atMost;
        },
        reached: (cursor) => cursorFile.write(cursor),
      }).finally(() => cursorFile.close());
    });
}

const colours = { info: 'cyan', warning: 'yellow', critical: 'red' } as const;

/** `12:00:03 critical  opened    brightloom  Renewal at risk`; of another day `2026-03-01 12:00:03 critical …`. UTC, as everywhere. */
function line({ transition, alert, at }: AlertMessage, now: number): string {
  const severity = styleText(colours[alert.severity], alert.severity.padEnd(8));
  const change = styleText(transition === 'opened' ? 'bold' : 'dim', transition.padEnd(12));
  const [evidence] = alert.evidence;
  const why = evidence && transition === 'opened' ? `\n         ${styleText('dim', plain(evidence.text))}` : '';
  return `${styleText('dim', timeOf(at, now))} ${severity} ${change} ${plain(alert.entity)}  ${plain(alert.title)}${why}\n`;
}

function timeOf(at: string, now: number): string {
  const [day, time] = [at.slice(0, 10), at.slice(11, 19)];
  return day === new Date(now).toISOString().slice(0, 10) ? time : `${day} ${time}`;
}

function aside(text: string): string {
  return styleText('dim', `weir tail: ${text}`);
}

function fromOf(text: string | undefined): string | undefined {
  if (text === undefined || text === 'now' || text === 'open') return text;
  const ms = rfc3339Ms(text);
  if (ms !== undefined) return new Date(ms).toISOString();
  if (cursorPattern.test(text)) return text;
  throw new WrongUsage(`--from ${text} is neither now, open, a time such as 2026-03-02T10:00:00Z, nor a cursor`);
}

/** A sealed place in the log: no word anybody would write is one. */
const cursorPattern = /^[\w-]{40,256}$/;

function countOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new WrongUsage(`--count ${text} is no number of alerts`);
  return count;
}
