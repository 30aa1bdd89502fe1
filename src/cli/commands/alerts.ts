import { Command, Option } from 'commander';
import { alertSchema } from '../../../schemas/alert.ts';
import { alertKinds, alertStatuses, severities, type Alert, type AlertCommand } from '../../core/alert.ts';
import { alertDetailOf, alertIdOf, newestAlerts, type AlertDetail } from '../alerts/asking.ts';
import { alertList, saidOf, tellAlert } from '../alerts/tell.ts';
import { createClient, type Client } from '../client.ts';
import { CommandFailed, Refused, WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { plain, withProgress } from '../output.ts';

/** `weir alerts list|show|acknowledge|resolve`: what somebody must know, and taking care of it. */
export function alertsCommand(context: Context): Command {
  return new Command('alerts')
    .description('what somebody must know: list it, look at one alert, take it, close it')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(actCommand(context, 'acknowledge'))
    .addCommand(actCommand(context, 'resolve'));
}

interface ListOptions extends RemoteOptions {
  readonly limit: string;
  readonly minSeverity?: string;
  readonly status: string;
  readonly kinds?: string;
  readonly entities?: string;
  readonly sources?: string;
  readonly roles?: string;
}

function listCommand(context: Context): Command {
  return withRemoteOptions(new Command('list'))
    .description('the alerts nobody has closed, the newest change first; to hear of them as they come: weir tail')
    .option('-n, --limit <number>', 'how many', '50')
    .addOption(new Option('--min-severity <severity>', 'nothing below it').choices([...severities]))
    .option('--status <list>', `those alone that are, of ${alertStatuses.join(', ')}`, 'open,acknowledged')
    .option('--kinds <list>', `of these kinds alone: ${alertKinds.join(', ')}`)
    .option('--entities <list>', 'about these alone, such as account:brightloom')
    .option('--sources <list>', 'that rest on events of these alone, such as stripe')
    .option('--roles <list>', 'for these alone, such as sales')
    .action(async ({ limit, minSeverity, status, kinds, entities, sources, roles, ...options }: ListOptions) => {
      const client = createClient(context, options);
      const filter = { minSeverity, status, kinds, entities, sources, roles };
      const alerts = await withProgress(context, 'reading', () => newestAlerts(client, limitOf(limit), filter));
      if (options.json) return context.out(`${JSON.stringify(alerts)}\n`);
      context.out(
        alerts.length === 0 ? 'There are no such alerts.\n' : alertList(alerts, { coloured: context.outIsTerminal }),
      );
    });
}

function showCommand(context: Context): Command {
  return withRemoteOptions(new Command('show'))
    .description('one alert: what was seen, what to do, what agents found, what happened to it, who and why')
    .argument('<id>', 'of the alert, or its beginning')
    .action(async (text: string, options: RemoteOptions) => {
      const client = createClient(context, options);
      const found = await alertDetailOf(client, await alertIdOf(client, text));
      context.out(options.json ? `${JSON.stringify(found)}\n` : tellAlert(found, { coloured: context.outIsTerminal }));
    });
}

interface ActOptions extends RemoteOptions {
  readonly why: string;
  readonly episode?: string;
  readonly verdict?: string;
}

function actCommand(context: Context, verb: 'acknowledge' | 'resolve'): Command {
  const [short, does, done] =
    verb === 'acknowledge'
      ? ['ack', 'takes an alert: somebody sees to it', 'is yours']
      : ['close', 'closes an alert', 'is closed'];
  return withRemoteOptions(new Command(verb))
    .alias(short)
    .description(`${does}; where somebody was faster, or it began anew meanwhile, nothing is done, and it exits with 1`)
    .argument('<id>', 'of the alert, or its beginning')
    .requiredOption('--why <text>', 'kept with the alert, with who said it')
    .option('--episode <number>', 'the one you looked at (default: the present one)')
    .addOption(
      new Option('--verdict <verdict>', 'whether it was worth being told; weir learns of it').choices([
        'useful',
        'noise',
      ]),
    )
    .action(async (text: string, { why, episode, verdict, ...options }: ActOptions) => {
      const seen = episodeOf(episode);
      const client = createClient(context, options);
      const { alert } = await alertDetailOf(client, await alertIdOf(client, text));
      const asked = { version: alert.version, episode: seen ?? alert.episode, why, verdict };
      const after = await carriedOut(client, alert.id, verb, asked);
      context.out(options.json ? `${JSON.stringify(after)}\n` : `${plain(after.title)} (${after.entity}) ${done}.\n`);
    });
}

type Asked = Pick<AlertCommand, 'version' | 'episode' | 'why'> & { readonly verdict: string | undefined };

/** The alert after it. Where somebody was faster rejects with a `CommandFailed` that names them. */
async function carriedOut(client: Client, id: string, verb: AlertCommand['kind'], asked: Asked): Promise<Alert> {
  const answer = await client
    .json('POST', `/alerts/${id}/${verb}`, {}, JSON.stringify(asked))
    .catch(async (error: unknown) => {
      if (!(error instanceof Refused) || error.status !== 409) throw error;
      const last = (await alertDetailOf(client, id)).transitions.at(-1);
      throw new CommandFailed(plain(`${error.message}${last ? ` Last: ${saidOf(last)}` : ''}`), { cause: error });
    });
  const after = alertSchema.parse(answer);
  // Where it was so already the daemon changes nothing, and answers alike: whose word stands there tells.
  const said = standing(await alertDetailOf(client, id), verb);
  if (after.version <= asked.version || (said && said.why !== asked.why)) {
    throw new CommandFailed(plain(`Somebody was faster. ${said ? saidOf(said) : `It is ${after.status} already.`}`));
  }
  return after;
}

/** Whose word it is that the alert is so, in its present episode. */
function standing({ alert, transitions }: AlertDetail, verb: AlertCommand['kind']) {
  const kinds = verb === 'acknowledge' ? ['acknowledged'] : ['resolved', 'expired'];
  return transitions.findLast((each) => kinds.includes(each.transition) && each.alert.episode === alert.episode);
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new WrongUsage(`--limit ${text} is no number of alerts`);
  return limit;
}

function episodeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const episode = Number(text);
  if (!Number.isInteger(episode) || episode < 1) throw new WrongUsage(`--episode ${text} is no number of an episode`);
  return episode;
}
