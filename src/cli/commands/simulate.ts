import { Command, InvalidArgumentError } from 'commander';
import { type Config, type SourceConfig, secretsOf } from '../../config/schema.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../core/clock.ts';
import { accountLimit } from '../../simulate/company.ts';
import { type Secrets, signingFor, simulatedSecrets } from '../../simulate/config.ts';
import { configText } from '../../simulate/config-text.ts';
import { describe } from '../../simulate/expectations.ts';
import { defaults, simulate, type Simulation } from '../../simulate/generate.ts';
import type { Provider } from '../../simulate/notice.ts';
import { lineOf, record } from '../../simulate/record.ts';
import type { Signing } from '../../simulate/request.ts';
import { play, type PlayCounts } from '../../simulate/run.ts';
import { scenarioNames, stories } from '../../simulate/scenarios.ts';
import { addressOf, CommandFailed, type Context, type RemoteOptions, withRemoteOptions } from '../context.ts';
import { howMany, withProgress } from '../output.ts';

interface Options extends RemoteOptions {
  readonly rate: number;
  readonly for: number;
  readonly seed?: string;
  readonly scenario: string;
  readonly days: number;
  readonly accounts: number;
  readonly count?: number;
  readonly end?: number;
  readonly repeats: number;
  readonly concurrency: number;
  readonly out?: string;
  readonly expect?: true;
  readonly printConfig?: true;
}

/** With the seed settled, and the org. */
type Settled = Options & { readonly seed: string; readonly org: string };

/** What a written simulation is made of when nobody says: a file does not depend on the day it was written. */
const writtenSeed = '1';
const writtenEnd = Date.UTC(2026, 0, 31);
const writtenUrl = 'http://127.0.0.1:8420';
const usualOrg = 'acme';

export function simulateCommand(context: Context): Command {
  return withRemoteOptions(new Command('simulate'))
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
    .option(
      '--out <file>',
      'write the requests as JSON lines, signed with simulated secrets, and send nothing; - is standard output',
    )
    .option('--expect', 'print which alerts the planted stories have to cause, and send nothing')
    .option('--print-config', 'print what a daemon needs in weir.yaml to take this, and send nothing')
    .addHelpText('after', `\nStories:\n${stories.map(({ name, about }) => `  ${name.padEnd(20)}${about}`).join('\n')}`)
    .action(async (given: Options, command: Command) => {
      const seed = given.seed ?? (isWritten(given) ? writtenSeed : String(systemClock.now()));
      const options = { ...given, seed, org: given.org ?? usualOrg };
      const simulation = usable(command, () => simulationOf(options));
      if (options.printConfig) return context.out(configText(simulation.company));
      if (options.expect) return context.out(expectedOf(simulation, options));
      if (options.out !== undefined) return write(simulation, options.out, options, context);
      return send(simulation, options, context);
    });
}

const isWritten = ({ out, expect }: Options) => out !== undefined || expect === true;

function simulationOf(options: Settled): Simulation {
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

async function send(simulation: Simulation, options: Settled, context: Context): Promise<void> {
  const { env, cwd } = context;
  const config = loadConfig({ env, cwd, ...(options.config && { file: options.config }) });
  const { host, port, publicUrl } = config.http;
  const address = addressOf(context, options).href.replace(/\/$/, '');
  const token = env['WEIR_TOKEN'];
  const signing = signingOf({
    org: options.org,
    // What the daemon takes for its own address; one that took a free port is known by that alone.
    publicUrl: publicUrl ?? (port === 0 ? address : `http://${host}:${port}`),
    secrets: configured(config, options.org),
    ...(token && { token }),
  });

  const started = systemClock.now();
  const counts = await play(simulation.requests(signing), {
    url: address,
    clock: systemClock,
    rate: options.rate,
    concurrency: options.concurrency,
    signal: context.stopped,
    ...(context.errIsTerminal && {
      onProgress: (counts: PlayCounts) =>
        context.err(`\r\u001B[K${counts.sent} of ${simulation.count}: ${told(counts)}`),
    }),
  });
  const seconds = (systemClock.now() - started) / 1_000;
  if (context.errIsTerminal) context.err('\n');
  const { seed, scenario } = options;
  context.out(
    options.json
      ? `${JSON.stringify({ seed, scenario, ...counts, seconds })}\n`
      : `${told(counts)} in ${seconds.toFixed(1)} s; seed ${seed}\n`,
  );
  if (counts.rejected + counts.unanswered > 0) {
    throw new CommandFailed(
      `${counts.rejected + counts.unanswered} events were not taken:\n${counts.refusals.join('\n')}`,
    );
  }
}

/** Secrets that cannot sign are a fault of the configuration. */
function signingOf(options: Parameters<typeof signingFor>[0]): Signing {
  try {
    return signingFor(options);
  } catch (error) {
    throw error instanceof RangeError ? new CommandFailed(error.message) : error;
  }
}

/** The daemon's own secrets, the newer of two. Where a source takes what is unsigned, any will do. */
function configured({ orgs }: Config, org: string): Secrets {
  const sources = orgs[org]?.sources ?? {};
  const unsigned = simulatedSecrets();
  const secretOf = (name: Provider): string => {
    const source: SourceConfig | undefined = sources[name];
    const secret = source && (secretsOf(source)[0] ?? (source.unsigned ? unsigned[name] : undefined));
    if (secret === undefined) {
      throw new CommandFailed(
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

async function write(simulation: Simulation, file: string, options: Settled, context: Context): Promise<void> {
  const publicUrl = options.url ?? writtenUrl;
  const requests = simulation.requests(signingFor({ org: options.org, publicUrl, secrets: simulatedSecrets() }));
  if (file === '-') {
    for (const request of requests) context.out(lineOf(request));
    return;
  }
  await withProgress(context, `writing ${file}`, () => record(requests, file));
  const { count: events } = simulation;
  context.out(options.json ? `${JSON.stringify({ events, file })}\n` : `${howMany(events, 'event')} in ${file}\n`);
}

function expectedOf({ expected }: Simulation, { json }: Options): string {
  if (expected.length === 0) return json ? '' : 'Nothing is planted: no alert above a warning should come of it.\n';
  const time = (ms: number) => new Date(ms).toISOString();
  return expected
    .map((one) => (json ? JSON.stringify({ ...one, from: time(one.from), to: time(one.to) }) : describe(one)))
    .map((line) => `${line}\n`)
    .join('');
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
    if (!(error instanceof RangeError)) throw error;
    return command.error(`error: ${error.message}`, { exitCode: 2, code: 'weir.usage' });
  }
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
