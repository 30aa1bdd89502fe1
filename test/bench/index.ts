import { Argument, Command, InvalidArgumentError } from 'commander';
import { standingOf } from './accuracy/row.ts';
import { measureAccuracy } from './accuracy/run.ts';
import * as accuracyTable from './accuracy/table.ts';
import { measureFanOut } from './fan-out.ts';
import { measureLatency } from './latency.ts';
import { measureOrchestration } from './orchestration.ts';
import { measurePipeline } from './pipeline.ts';
import { measureSoak } from './soak.ts';
import { measureStart } from './start.ts';
import { isMet, type Measure, type Row } from './support/figure.ts';
import { setFlags } from './support/process.ts';
import { asMarkdown, asText } from './support/table.ts';
import { measureThroughput } from './throughput.ts';
import { measureWebhooks } from './webhooks.ts';

const figures: Readonly<Record<string, Measure>> = {
  pipeline: measurePipeline,
  throughput: measureThroughput,
  webhooks: measureWebhooks,
  latency: measureLatency,
  'fan-out': measureFanOut,
  orchestration: measureOrchestration,
  start: measureStart,
  soak: measureSoak,
};

/** Pipelines are judged by what they leave of the whole spine's speed, which is a figure of its own. */
const withIt: Readonly<Record<string, readonly string[]>> = { pipeline: ['throughput'] };

/** Takes half an hour and more; only when asked for. */
const long = new Set(['soak']);

interface Options {
  readonly json?: true;
  readonly markdown?: true;
  readonly rounds: number;
  readonly scale: number;
  readonly minutes: number;
  readonly cpuProf?: string;
  readonly data: string;
  readonly heldOut?: string;
  readonly outputs?: string;
}

/** Not of speed, and on data that does not come with weir: asked for by itself. */
const accuracy = 'accuracy';

await new Command('bench')
  .description('measures weir beside the bare limit of this machine; what each figure means: docs/benchmarks.md')
  .addArgument(
    new Argument('[figures...]', 'which ones; without any, all but soak').choices([...Object.keys(figures), accuracy]),
  )
  .option('--rounds <number>', 'alternations with the bare loop; the median counts', positive, 5)
  .option('--scale <share>', 'a share of the work, for a quick look', positive, 1)
  .option('--minutes <number>', 'how long the soak goes on', positive, 30)
  .option('--json', 'the rows as JSON')
  .option('--markdown', 'the table in Markdown')
  .option('--cpu-prof <folder>', 'leaves a profile there of every process that is measured')
  .option('--data <folder>', 'accuracy: where the labelled data sets are', '../shared/datasets')
  .option(
    '--held-out <folder>',
    'accuracy: where the parts are that no choice was made on; default: held-out in that folder',
  )
  .option('--outputs <file>', 'accuracy: outputs of another detector for the metrics, judged as ours are')
  .action(async (names: readonly string[], options: Options) => {
    if (options.cpuProf !== undefined) setFlags(['--cpu-prof', `--cpu-prof-dir=${options.cpuProf}`]);
    if (names.includes(accuracy)) tellAccuracy(options);
    if (names.length === 1 && names[0] === accuracy) return;
    const asked = names.length > 0 ? names : Object.keys(figures).filter((name) => !long.has(name));
    const chosen = new Set(asked.flatMap((name) => [name, ...(withIt[name] ?? [])]));
    const rows: Row[] = [];
    for (const name of chosen) rows.push(...((await figures[name]?.({ ...options, progress })) ?? []));
    progress('');
    process.stdout.write(written(rows, options));
    if (rows.some((row) => isMet(row) === false)) process.exitCode = 1;
  })
  .parseAsync();

function tellAccuracy(options: Options): void {
  const rows = measureAccuracy(options, progress);
  progress('');
  if (options.json) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else process.stdout.write(options.markdown ? accuracyTable.asMarkdown(rows) : accuracyTable.asText(rows));
  if (rows.some((row) => standingOf(row) === 'BELOW')) process.exitCode = 1;
}

function written(rows: readonly Row[], { json, markdown }: Options): string {
  if (json) return `${JSON.stringify(rows, undefined, 2)}\n`;
  return markdown ? asMarkdown(rows) : asText(rows);
}

/** One line that is written over. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}
