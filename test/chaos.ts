import { Argument, Command } from 'commander';
import { natsMissing } from './support/nats.ts';
import { runChaos } from './support/orchestration-chaos.ts';

/** `npm run test:chaos -- orchestration`: runs while agents fail, daemons are killed and the log restarts. Exits 1 where more than 0.1 % fail. */
interface Options {
  readonly runs: string;
  readonly faults: string;
  readonly kills: string;
  readonly seed: string;
}

await new Command('test:chaos')
  .description(
    'carries out runs while attempts fail, daemons are killed and the log is restarted, and looks what became of them',
  )
  .addArgument(new Argument('<part>', 'what to test').choices(['orchestration']))
  .option('--runs <number>', 'runs of five steps', '10000')
  .option('--faults <share>', 'share of attempts that fail', '0.1')
  .option('--kills <share>', 'daemons killed, as a share of the runs', '0.01')
  .option('--seed <text>', 'the same seed draws the same', '1')
  .action(async (_: string, options: Options) => {
    const missing = natsMissing();
    if (missing !== undefined) {
      console.log(`skipped: ${missing}`);
      return;
    }
    const { figures, faults } = await runChaos({
      runs: Number(options.runs),
      faults: Number(options.faults),
      kills: Number(options.kills),
      seed: options.seed,
      onProgress: (text) => console.log(`  ${text}`),
    });
    for (const [name, figure] of Object.entries(figures))
      console.log(`  ${name.padEnd(20)} ${String(figure).padStart(9)}`);
    for (const fault of faults) console.log(`  FAULT ${fault}`);
    process.exit(faults.length > 0 ? 1 : 0);
  })
  .parseAsync();
