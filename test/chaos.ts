import { Argument, Command, Option } from 'commander';
import { natsMissing } from './support/nats.ts';
import { runChaos } from './support/chaos/chaos.ts';

/** `npm run test:chaos -- orchestration`: runs while agents fail, daemons are killed and the log restarts. Exits 1 where more than 0.1 % fail. */
interface Options {
  readonly log: 'both' | LogKind;
  readonly runs: string;
  readonly faults: string;
  readonly kills: string;
  readonly seed: string;
}

type LogKind = 'jetstream' | 'embedded';
const kinds: readonly LogKind[] = ['embedded', 'jetstream'];

await new Command('test:chaos')
  .description(
    'carries out runs while attempts fail, daemons are killed and the log is restarted, and looks what became of them',
  )
  .addArgument(new Argument('<part>', 'what to test').choices(['orchestration']))
  .addOption(new Option('--log <kind>', 'which log').choices(['both', ...kinds]).default('both'))
  .option('--runs <number>', 'runs of five steps, on each log', '10000')
  .option('--faults <share>', 'share of attempts that fail', '0.1')
  .option('--kills <share>', 'daemons killed, as a share of the runs', '0.01')
  .option('--seed <text>', 'the same seed draws the same', '1')
  .action(async (_: string, { log, ...options }: Options) => {
    const verdicts = [];
    for (const kind of log === 'both' ? kinds : [log]) verdicts.push(await survives(kind, options));
    process.exit(verdicts.every(Boolean) ? 0 : 1);
  })
  .parseAsync();

/** Says what became of the runs on one log; whether all is as it must be. */
async function survives(log: LogKind, { runs, faults: share, kills, seed }: Omit<Options, 'log'>): Promise<boolean> {
  const missing = log === 'jetstream' ? natsMissing() : undefined;
  console.log(`${log}${missing === undefined ? '' : `: skipped, ${missing}`}`);
  if (missing !== undefined) return true;
  const { figures, faults, told } = await runChaos({
    log,
    runs: Number(runs),
    faults: Number(share),
    kills: Number(kills),
    seed,
    onProgress: (text) => console.log(`  ${text}`),
  });
  for (const [name, figure] of Object.entries(figures))
    console.log(`  ${name.padEnd(20)} ${String(figure).padStart(9)}`);
  for (const fault of faults) console.log(`  FAULT ${fault}`);
  for (const fact of told) console.log(`  of a run that failed: ${fact}`);
  return faults.length === 0;
}
