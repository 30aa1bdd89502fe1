import { Command } from 'commander';
import { sessionStatuses, type SessionDetail } from '../../../schemas/run.ts';
import { createClient, type Client } from '../client.ts';
import { CommandFailed, WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { plain, table, withProgress } from '../output.ts';
import { detailOf, drawnOf, idOf, newestRuns, sessionsPath } from '../runs/asking.ts';
import { spoken, treeOf, waitsForApproval } from '../runs/tree.ts';
import { watchRun } from '../runs/watch.ts';

/** `weir runs list|show|watch|cancel|approve|deny|answer|tell`: agents at work. */
export function runsCommand(context: Context): Command {
  return new Command('runs')
    .description(
      'agents at work: list their runs, look at one, watch it, stop it, approve or deny what it wants to do, answer what it asks, tell it something',
    )
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(watchCommand(context))
    .addCommand(cancelCommand(context))
    .addCommand(decideCommand(context, 'approve'))
    .addCommand(decideCommand(context, 'deny'))
    .addCommand(answerCommand(context))
    .addCommand(tellCommand(context));
}

interface ListOptions extends RemoteOptions {
  readonly limit: string;
  readonly status?: string;
  readonly entity?: string;
}

function listCommand(context: Context): Command {
  return withRemoteOptions(new Command('list'))
    .description('the newest runs')
    .option('-n, --limit <number>', 'how many', '20')
    .option('--status <status>', `those alone that are ${sessionStatuses.join(', ')}`)
    .option('--entity <entity>', 'those alone about it')
    .action(async ({ limit, status, entity, ...options }: ListOptions) => {
      const client = createClient(context, options);
      const runs = await withProgress(context, 'reading', () => newestRuns(client, countOf(limit), { status, entity }));
      if (options.json) return context.out(`${JSON.stringify(runs)}\n`);
      if (runs.length === 0) return context.out('There are no runs.\n');
      const rows = runs.map(({ id, status, kind, entity, asOf, requestedAt, endedAt, by }) => [
        id.slice(0, 12),
        status,
        kind,
        entity ?? 'all',
        asOf.slice(0, 16).replace('T', ' '),
        endedAt === null ? '' : spoken(Date.parse(endedAt) - Date.parse(requestedAt)),
        by,
      ]);
      context.out(
        table(
          ['id', 'status', 'kind', 'about', 'as of', 'took', 'by'],
          rows.map((row) => row.map(plain)),
        ),
      );
    });
}

function showCommand(context: Context): Command {
  return withRemoteOptions(new Command('show'))
    .description('a run as a tree: its steps, who does them, how they stand, what they found and cost')
    .argument('<id>', 'of the run, or its beginning')
    .action(async (text: string, options: RemoteOptions) => {
      const client = createClient(context, options);
      const id = await idOf(client, text);
      if (options.json) return context.out(`${JSON.stringify(await detailOf(client, id))}\n`);
      const lines = treeOf(await drawnOf(client, id), { coloured: context.outIsTerminal, now: Date.now() });
      context.out(`${lines.join('\n')}\n`);
    });
}

function watchCommand(context: Context): Command {
  return withRemoteOptions(new Command('watch'))
    .description('a run as it goes, to its end: a tree at a terminal, else a line for each thing that happens')
    .argument('<id>', 'of the run, or its beginning')
    .addHelpText('after', '\nExits with 1 where the run does not end as completed.')
    .action(async (text: string, options: RemoteOptions) => {
      const client = createClient(context, options);
      await watchRun(context, client, await idOf(client, text), options.json === true);
    });
}

function cancelCommand(context: Context): Command {
  return withRemoteOptions(new Command('cancel'))
    .description('stops a run: it takes back what it did')
    .argument('<id>', 'of the run, or its beginning')
    .requiredOption('--why <text>', 'kept with the run')
    .action(async (text: string, { why, ...options }: RemoteOptions & { readonly why: string }) => {
      const client = createClient(context, options);
      const id = await idOf(client, text);
      const answer = await client.json('POST', `${sessionsPath}/${id}/cancel`, {}, JSON.stringify({ why }));
      context.out(options.json ? `${JSON.stringify(answer)}\n` : `${id} is told to stop.\n`);
    });
}

interface DecideOptions extends RemoteOptions {
  readonly step?: string;
  readonly hash?: string;
  readonly why?: string;
}

function decideCommand(context: Context, verb: 'approve' | 'deny'): Command {
  return withRemoteOptions(new Command(verb))
    .description(
      `${verb === 'approve' ? 'approves' : 'denies'} what a step wants to do: exactly the arguments with that hash`,
    )
    .argument('<id>', 'of the run, or its beginning')
    .option('--step <id>', 'which step, where several wait')
    .option(
      '--hash <hash>',
      'of the arguments you looked at; without it they are shown, and nothing is said to the run',
    )
    .option('--why <text>', 'kept with the run; asked for with --hash')
    .action(async (text: string, options: DecideOptions) => {
      const client = createClient(context, options);
      const id = await idOf(client, text);
      const { hash, why } = options;
      if (hash === undefined) return context.out(askedFor(await waiting(client, id, options), id, verb, options));
      if (why === undefined) throw new WrongUsage('--why has to say why: it is kept with the run');
      const [asked] = await waiting(client, id, options);
      if (!asked) throw new CommandFailed('No step of it waits for approval.');
      const decision = verb === 'approve' ? 'grant' : 'deny';
      const body = JSON.stringify({ step: asked.id, argumentsHash: hash, decision, why });
      const answer = await client.json('POST', `${sessionsPath}/${id}/approve`, {}, body);
      const said = verb === 'approve' ? 'approved' : 'denied';
      context.out(
        options.json ? `${JSON.stringify(answer)}\n` : `${asked.id} is ${said}, with the arguments ${hash}.\n`,
      );
    });
}

type Step = SessionDetail['steps'][number];

/** Steps that wait for a person; with `--hash` exactly one has to be meant. */
async function waiting(client: Client, id: string, { step, hash }: DecideOptions): Promise<readonly Step[]> {
  const { steps } = await detailOf(client, id);
  const all = steps.filter((each) => waitsForApproval(each) && (step === undefined || each.id === step));
  if (hash !== undefined && all.length > 1) {
    throw new WrongUsage(`several steps wait: say which with --step: ${all.map((each) => each.id).join(', ')}`);
  }
  return all;
}

/** Exactly what would be approved, and how to say so. */
function askedFor(steps: readonly Step[], id: string, verb: string, options: DecideOptions): string {
  if (options.json) return `${JSON.stringify(steps)}\n`;
  if (steps.length === 0) return 'No step of it waits for approval.\n';
  return steps
    .map((step) => {
      const { argumentsHash = '', arguments: given = {} } = step.approval ?? {};
      return `${step.id} (${step.skill}): ${plain(step.goal)}\n${shown(given)}\n\nweir runs ${verb} ${id} --step ${step.id} --hash ${argumentsHash} --why "…"\n`;
    })
    .join('\n');
}

const shown = (given: object): string => JSON.stringify(given, null, 2).split('\n').map(plain).join('\n');

interface AnswerOptions extends RemoteOptions {
  readonly done?: true;
  readonly failed?: true;
  readonly why?: string;
}

function answerCommand(context: Context): Command {
  return withRemoteOptions(new Command('answer'))
    .description('says what came of a step that people are asked to take over, because no agent can do it')
    .argument('<id>', 'of the run, or its beginning')
    .argument('<step>', 'as the tree of the run names it; undo/STEP: to take it back')
    .option('--done', 'it is done; without it and --failed what is asked is shown, and nothing is said to the run')
    .option('--failed', 'you cannot do it either')
    .option('--why <text>', 'kept with the run; asked for with --done and --failed')
    .action(async (text: string, step: string, options: AnswerOptions) => {
      const { done = false, failed = false, why } = options;
      if (done && failed) throw new WrongUsage('--done and --failed cannot both be so');
      const client = createClient(context, options);
      const id = await idOf(client, text);
      if (!done && !failed) return context.out(takenOver(await detailOf(client, id), step, options));
      if (why === undefined) throw new WrongUsage('--why has to say why: it is kept with the run');
      const answer = await client.json('POST', `${sessionsPath}/${id}/answer`, {}, JSON.stringify({ step, done, why }));
      context.out(
        options.json ? `${JSON.stringify(answer)}\n` : `${step} is ${done ? 'done' : 'failed'} by your word.\n`,
      );
    });
}

/** What people are asked to do, and how to say what came of it. */
function takenOver({ session, people }: SessionDetail, step: string, options: AnswerOptions): string {
  const asked = people.find((each) => each.step === step && each.answer === null);
  if (options.json) return `${JSON.stringify(asked ?? null)}\n`;
  if (!asked) return `Nobody is asked for ${step}, or somebody has answered.\n`;
  return `${step}, until ${asked.until}: ${plain(asked.why)}\n${shown(asked.arguments)}\n\nweir runs answer ${session.id} ${step} --done --why "…"\n`;
}

function tellCommand(context: Context): Command {
  return withRemoteOptions(new Command('tell'))
    .description('tells the agents of a run something: those that have not begun are shown it')
    .argument('<id>', 'of the run, or its beginning')
    .argument('<text>', 'what they are told; kept with the run')
    .requiredOption('--to <name>', "an agent, a step or a skill of the run, or '*': all of them")
    .action(async (text: string, said: string, { to, ...options }: RemoteOptions & { readonly to: string }) => {
      const client = createClient(context, options);
      const session = await idOf(client, text);
      const body = JSON.stringify({ session, to, text: said });
      const message = await client.json('POST', '/api/v1/orchestration/communicate', {}, body);
      context.out(options.json ? `${JSON.stringify(message)}\n` : `${session} has it, for ${to}.\n`);
    });
}

function countOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new WrongUsage(`--limit ${text} is no number of runs`);
  return limit;
}
