import { Command, InvalidArgumentError } from 'commander';
import { type Config, type SourceConfig, secretsOf } from '../../config/schema.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { accountLimit } from '../../simulate/company.ts';
import { type Secrets, signingFor, simulatedSecrets } from '../../simulate/config.ts';
import { configText } from '../../simulate/config-text.ts';
import { describe } from '../../simulate/expectations.ts';
import { defaults, simulate, type Simulation } from '../../simulate/generate.ts';
import type { Provider } from '../../simulate/notice.ts';
import { record } from '../../simulate/record.ts';
import { play, type PlayCounts } from '../../simulate/run.ts';
import { scenarioNames, stories } from '../../simulate/scenarios.ts';

interface Options {
  readonly rate: number;
  readonly for: number;
  readonly seed?: string;
  readonly scenario: string;
  readonly url?: string;
  readonly config?: string;
  readonly org: string;
  readonly token?: string;
  readonly days: number;
  readonly accounts: number;
  readonly count?: number;
  readonly end?: number;
  readonly repeats: number;
  readonly concurrency: number;
  readonly out?: string;
  readonly expect?: true;
  readonly printConfig?: true;
  readonly json?: true;
}

/** What a written simulation is made of when nobody says: a file does not depend on the day it was written. */
const writtenSeed = '1';
const writtenEnd = Date.UTC(2026, 0, 31);

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('plays what providers send, signed as they sign it, against a running daemon')
    .option('--rate <events>', 'events a second', positive, 50)
    .option('--for <seconds>', 'how long to send; with the rate that is how many events', positive, 60)
    .option('--count <events>', 'how many events, in place of --for', whole)
    .option('--seed <text>', 'the same seed gives the same (default: a new one, and it is told)')
    .option('--scenario <name>', scenarioNames.join(', '), 'all')
    .option('--days <days>', 'how much event time it covers, up to the present', positive, defaults.days)
    .option('--end <time>', 'event time it ends at (RFC 3339) in place of the present', instant)
    .option('--accounts <number>', `how many customers, at most ${accountLimit}`, whole, defaults.accounts)
    .option('--repeats <share>', 'share of requests that are sent twice, as providers do', share, 0)
    .option('--concurrency <requests>', 'requests at once; those of one customer never', whole, 32)
    .option('--url <address>', 'the daemon (default: as in its configuration)')
    .option('--config <file>', "the daemon's configuration; its secrets sign the requests")
    .option('--org <name>', 'the organisation to send to', 'acme')
    .option('--token <token>', 'bearer token for CloudEvents (default: WEIR_TOKEN)')
    .option(
      '--out <file>',
      'write the requests as JSON lines, signed with simulated secrets, and send nothing; - is standard output',
    )
    .option('--expect', 'print which alerts the planted stories have to cause, and send nothing')
    .option('--print-config', 'print what a daemon needs in weir.yaml to take this, and send nothing')
    .option('--json', 'one JSON object as the last line')
    .addHelpText('after', `\nStories:\n${stories.map(({ name, about }) => `  ${name.padEnd(20)}${about}`).join('\n')}`)
    .action(async (options: Options, command: Command) => {
      const seed = options.seed ?? (isWritten(options) ? writtenSeed : String(systemClock.now()));
      const simulation = usable(command, () => simulationOf({ ...options, seed }));
      if (options.printConfig) return print(configText(simulation.company));
      if (options.expect) return printExpected(simulation, options);
      if (options.out !== undefined) return write(simulation, options.out, options, command);
      return send(simulation, { ...options, seed }, command);
    });
}

const isWritten = ({ out, expect }: Options) => out !== undefined || expect === true;

function simulationOf(options: Options & { seed: string }): Simulation {
  return simulate({
    seed: options.seed,
    scenario: options.scenario,
    org: options.org,
    accounts: options.accounts,
    days: options.days,
    repeats: options.repeats,
    count: options.count ?? Math.round(options.rate * options.for),
    end: options.end ?? (isWritten(options) ? writtenEnd : systemClock.now()),
  });
}

async function send(simulation: Simulation, options: Options & { seed: string }, command: Command): Promise<void> {
  const config = usable(command, () =>
    loadConfig({ env: process.env, cwd: process.cwd(), ...(options.config && { file: options.config }) }),
  );
  const { host, port, publicUrl = `http://${host}:${port}` } = config.http;
  const token = options.token ?? process.env['WEIR_TOKEN'];
  const signing = usable(command, () =>
    signingFor({ org: options.org, publicUrl, secrets: configured(config, options.org), ...(token && { token }) }),
  );

  const started = systemClock.now();
  const counts = await play(simulation.requests(signing), {
    url: options.url ?? `http://${host}:${port}`,
    clock: systemClock,
    rate: options.rate,
    concurrency: options.concurrency,
    ...(process.stderr.isTTY && { onProgress: showProgress(simulation.count) }),
  });
  const seconds = (systemClock.now() - started) / 1_000;
  if (process.stderr.isTTY) process.stderr.write('\n');
  print(
    options.json
      ? JSON.stringify({ seed: options.seed, scenario: options.scenario, ...counts, seconds })
      : `${told(counts)} in ${seconds.toFixed(1)} s; seed ${options.seed}`,
  );
  for (const refusal of counts.refusals) process.stderr.write(`${refusal}\n`);
  if (counts.rejected + counts.unanswered > 0) process.exitCode = 1;
}

/** The daemon's own secrets, the newer of two. Where a source takes what is unsigned, any will do. */
function configured({ orgs }: Config, org: string): Secrets {
  const sources = orgs[org]?.sources ?? {};
  const unsigned = simulatedSecrets();
  const secretOf = (name: Provider): string => {
    const source: SourceConfig | undefined = sources[name];
    const secret = source && (secretsOf(source)[0] ?? (source.unsigned ? unsigned[name] : undefined));
    if (secret === undefined) {
      throw new RangeError(
        `the configuration has no secret for orgs.${org}.sources.${name}; ` +
          '`weir simulate --print-config` prints what a daemon needs',
      );
    }
    return secret;
  };
  return {
    gong: secretOf('gong'),
    hubspot: secretOf('hubspot'),
    intercom: secretOf('intercom'),
    stripe: secretOf('stripe'),
  };
}

async function write(simulation: Simulation, out: string, options: Options, command: Command): Promise<void> {
  const publicUrl = options.url ?? 'http://127.0.0.1:8420';
  const signing = usable(command, () => signingFor({ org: options.org, publicUrl, secrets: simulatedSecrets() }));
  const events = await record(simulation.requests(signing), out === '-' ? process.stdout : out);
  if (out === '-') return;
  print(options.json ? JSON.stringify({ events, file: out }) : `${events} events in ${out}`);
}

function printExpected({ expected }: Simulation, { json }: Options): void {
  const lines = expected.map((one) =>
    json
      ? JSON.stringify({ ...one, from: new Date(one.from).toISOString(), to: new Date(one.to).toISOString() })
      : describe(one),
  );
  print(
    lines.length > 0 || json ? lines.join('\n') : 'Nothing is planted: no alert above a warning should come of it.',
  );
}

function showProgress(count: number): (counts: PlayCounts) => void {
  return (counts) => process.stderr.write(`\r\u001b[K${counts.sent} of ${count}: ${told(counts)}`);
}

function told(counts: PlayCounts): string {
  const parts = [`${counts.accepted} accepted`];
  const more = ['duplicates', 'ignored', 'deadLettered', 'rejected', 'unanswered', 'retried'] as const;
  for (const name of more) if (counts[name] > 0) parts.push(`${counts[name]} ${names[name]}`);
  return parts.join(', ');
}

const names = {
  duplicates: 'duplicates',
  ignored: 'ignored',
  deadLettered: 'dead-lettered',
  rejected: 'rejected',
  unanswered: 'not answered',
  retried: 'retries',
} as const;

/** What does not fit together is a fault of usage: said in a sentence, exit code 2. */
function usable<T>(command: Command, make: () => T): T {
  try {
    return make();
  } catch (error) {
    return command.error(`error: ${messageOf(error)}`, { exitCode: 2, code: 'weir.usage' });
  }
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number above 0');
  return Number(text);
}

function share(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a share of 0 … 1');
  return value;
}

function instant(text: string): number {
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new InvalidArgumentError('expected a time such as 2026-01-31T00:00:00Z');
  return value;
}
