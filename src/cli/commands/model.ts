import { Command } from 'commander';
import { z } from 'zod';
import { modelSchema } from '../../../schemas/model.ts';
import type { ModelView } from '../../core/model.ts';
import { createClient } from '../client.ts';
import { WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { plain, table } from '../output.ts';

/** `weir model list|show|release`: what was learned from outcomes, and the way back. */
export function modelCommand(context: Context): Command {
  return new Command('model')
    .description('what was learned from outcomes: list it, look at it, go back to an earlier version')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(releaseCommand(context));
}

function listCommand(context: Context): Command {
  return withRemoteOptions(new Command('list'))
    .description('the models, and which version of each judges')
    .action(async (options: RemoteOptions) => {
      const { models } = listSchema.parse(await createClient(context, options).json('GET', '/models'));
      if (options.json) return context.out(`${JSON.stringify(models)}\n`);
      const rows = models.map(({ name, judging, examples, description }) =>
        [name, judgingOf(judging), String(examples), description].map(plain),
      );
      context.out(table(['model', 'judging', 'outcomes', 'what'], rows));
    });
}

function showCommand(context: Context): Command {
  return withRemoteOptions(new Command('show'))
    .description('a model: what it has learned, how well it predicts, its versions')
    .argument('<name>')
    .action(async (name: string, options: RemoteOptions) => {
      const found = await createClient(context, options).json('GET', `/models/${encodeURIComponent(name)}`);
      if (options.json) return context.out(`${JSON.stringify(found)}\n`);
      context.out(pageOf(modelSchema.parse(found)));
    });
}

function releaseCommand(context: Context): Command {
  return withRemoteOptions(new Command('release'))
    .description(
      'makes a version judge, until told otherwise; "latest": what it has learned until now, and goes on learning',
    )
    .argument('<name>')
    .argument('<version>', 'its number, 0 for what it is shipped with, or "latest"')
    .requiredOption('--why <text>', 'kept with the model')
    .action(async (name: string, version: string, options: RemoteOptions & { readonly why: string }) => {
      const body = JSON.stringify({ version: versionOf(version), why: options.why });
      const answer = await createClient(context, options).json(
        'POST',
        `/models/${encodeURIComponent(name)}/release`,
        {},
        body,
      );
      if (options.json) return context.out(`${JSON.stringify(answer)}\n`);
      context.out(
        `${plain(name)}: ${version === 'latest' ? 'what it has learned' : `version ${version}`} judges from now on.\n`,
      );
    });
}

const listSchema = z.object({ models: z.array(modelSchema) });

function versionOf(text: string): number | 'latest' {
  if (text === 'latest') return text;
  if (!/^\d{1,9}$/.test(text)) throw new WrongUsage(`"${text}" is no version: a number, or "latest"`);
  return Number(text);
}

const judgingOf = ({ version, pinned }: ModelView['judging']): string =>
  `${version === 0 ? 'as shipped' : `version ${version}`}${pinned ? ', pinned' : ''}`;

const weightsShown = 20;

function pageOf(model: ModelView): string {
  const { outcomes, calibration, weights, shares = [], driftAlarms } = model.learned;
  const { examples, reason } = model.failed;
  const facts = [
    ['judging', judgingOf(model.judging)],
    ['outcomes', `${model.examples}: ${round(outcomes.positive)} came true, ${round(outcomes.negative)} did not`],
    ['drift', driftAlarms === 0 ? 'no alarm' : `${driftAlarms} alarms`],
    ...(examples === 0 ? [] : [['not learned', `${examples} outcomes; the last: ${reason}`]]),
  ];
  const moved = weights.slice(0, weightsShown);
  return [
    `${plain(model.name)}: ${plain(model.description)}\n`,
    facts.map(([name = '', value = '']) => `${name.padEnd(12)} ${plain(value)}\n`).join(''),
    section(
      'calibration',
      ['said', 'calibrated', 'came true', 'of'],
      calibration.map(({ said, calibrated, cameTrue, count }) => [
        share(said),
        share(calibrated),
        share(cameTrue),
        round(count),
      ]),
    ),
    section(
      'weights (log-odds)',
      ['weight', 'expected', 'seen', 'name'],
      moved.map(({ weight, expected, seen, name }) => [weight.toFixed(2), expected.toFixed(2), round(seen), name]),
    ),
    section(
      'shares',
      ['share', 'expected', 'of', 'name'],
      shares.map((each) => [share(each.share), share(each.expected), round(each.seen), each.name]),
    ),
    section(
      'versions',
      ['version', 'at', 'outcomes'],
      model.versions.map(({ version, at, examples: known }) => [String(version), at, String(known)]),
    ),
    section(
      'releases',
      ['version', 'at', 'by', 'why'],
      model.releases.map(({ version, at, by, why }) => [String(version), at, by, why]),
    ),
  ].join('');
}

function section(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0
    ? ''
    : `\n${title}\n${table(
        header,
        rows.map((row) => row.map(plain)),
      )}`;
}

const share = (value: number): string => `${(100 * value).toFixed(1)} %`;
const round = (value: number): string => String(Math.round(value));
