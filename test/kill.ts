import { Command } from 'commander';
import { runKillTest, type KillReport } from './support/kill.ts';
import { natsMissing } from './support/nats.ts';

/** `npm run test:kill`: the kill test at its full size, on both logs. Exits 1 on any difference. */
interface Options {
  readonly log?: string;
  readonly events: string;
  readonly daemonKills: string;
  readonly serverKills: string;
  readonly seed: string;
}

const program = new Command('test:kill')
  .description('plays a simulation while daemon and server are killed, and looks for any trace of it afterwards')
  .option('--log <kind>', 'embedded or jetstream (default: one after the other)')
  .option('--events <number>', 'events in all', '20000')
  .option('--daemon-kills <number>', 'SIGKILLs of the daemon', '10')
  .option('--server-kills <number>', 'SIGKILLs of nats-server, on JetStream', '2')
  .option('--seed <text>', 'the same seed gives the same events and the same kills', '1')
  .parse();
const options: Options = program.opts();

const kinds = (['embedded', 'jetstream'] as const).filter((kind) => options.log === undefined || options.log === kind);
if (kinds.length === 0) program.error(`--log ${options.log} is neither embedded nor jetstream`);
let faults = 0;
for (const log of kinds) faults += await run(log);
process.exit(faults > 0 ? 1 : 0);

async function run(log: 'embedded' | 'jetstream'): Promise<number> {
  const missing = log === 'jetstream' ? natsMissing() : undefined;
  if (missing !== undefined) {
    console.log(`jetstream: skipped: ${missing}`);
    return 0;
  }
  console.log(`${log}:`);
  const report = await runKillTest({
    log,
    events: Number(options.events),
    daemonKills: Number(options.daemonKills),
    serverKills: log === 'jetstream' ? Number(options.serverKills) : 0,
    seed: options.seed,
    onProgress: (text) => console.log(`  ${text}`),
  });
  print(report);
  return report.faults.length;
}

function print({ figures, faults }: KillReport): void {
  for (const [name, figure] of Object.entries(figures))
    console.log(`  ${name.padEnd(24)} ${String(figure).padStart(9)}`);
  for (const fault of faults) console.log(`  FAULT ${fault}`);
  console.log(faults.length === 0 ? '  nothing differs' : `  ${faults.length} faults`);
}
