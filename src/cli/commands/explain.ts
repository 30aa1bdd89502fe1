import { Command } from 'commander';
import { z } from 'zod';
import { differenceSchema, explanationSchema, scoreSchema } from '../../../schemas/score.ts';
import { rfc3339Ms } from '../../core/time.ts';
import { createClient, type Client } from '../client.ts';
import { CommandFailed, WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { scoreList, tellDifference, tellExplanation } from '../explain/tell.ts';
import { withProgress } from '../output.ts';

interface ExplainOptions extends RemoteOptions {
  readonly entity?: string;
  readonly name?: string;
  readonly subject?: string;
  readonly at?: string;
  readonly from?: string;
}

/** `weir explain`: why a score is what it is, or why it became another; without a name, which scores an entity has. */
export function explainCommand(context: Context): Command {
  return withRemoteOptions(new Command('explain'))
    .description('why a score is what it is, to the last digit: every reason, with its event and what was seen there')
    .argument('[score]', 'the id of a score; or say whose it is with --entity')
    .option('--entity <entity>', 'whose scores, such as account:brightloom; without --name they are listed')
    .option('--name <name>', 'which of them, such as customer_health')
    .option('--subject <subject>', 'which of that name: a deal, a conversation, a metric')
    .option('--at <time>', 'as it was then, in event time (default: as it is)')
    .option('--from <when>', 'what changed since: a time, or the id of an earlier score')
    .addHelpText(
      'after',
      '\nExamples:\n  weir explain --entity account:brightloom\n  weir explain --entity account:brightloom --name customer_health --from 2026-03-01T00:00:00Z',
    )
    .action(async (id: string | undefined, options: ExplainOptions) => {
      const asked = askedOf(id, options);
      const client = createClient(context, options);
      const text = await withProgress(context, 'asking', () => answer(client, asked, options, context));
      context.out(text);
    });
}

/** A score by its id, or those of an entity. */
type Asked =
  | { readonly id: string }
  | { readonly entity: string; readonly name?: string; readonly subject?: string; readonly at?: string };

function askedOf(id: string | undefined, { entity, name, subject, at, from }: ExplainOptions): Asked {
  if (at !== undefined && rfc3339Ms(at) === undefined) {
    throw new WrongUsage(`--at ${at} is no time such as 2026-03-02T10:00:00Z`);
  }
  const described = { entity, name, subject, at };
  if (id !== undefined) {
    const more = Object.entries(described).find(([, value]) => value !== undefined);
    if (more) throw new WrongUsage(`--${more[0]} says which score is meant, and so does the id ${id}`);
    return { id };
  }
  if (entity === undefined) throw new WrongUsage('name a score by its id, or say whose it is: --entity account:…');
  if (from !== undefined && name === undefined) throw new WrongUsage('--from wants the --name of a score');
  return {
    entity,
    ...(name !== undefined && { name }),
    ...(subject !== undefined && { subject }),
    ...(at !== undefined && { at }),
  };
}

async function answer(client: Client, asked: Asked, options: ExplainOptions, context: Context): Promise<string> {
  const { from, json } = options;
  const found = 'id' in asked ? undefined : await scoresOf(client, asked);
  if (found && !(options.name !== undefined && found.scores.length === 1)) {
    if (found.next !== null) context.err('There are more; --name and --subject say which are wanted.\n');
    return json ? `${JSON.stringify(found.scores)}\n` : scoreList(found.scores);
  }
  const id = 'id' in asked ? asked.id : (found?.scores[0]?.id ?? '');
  const path = `/scores/${encodeURIComponent(id)}`;
  if (from === undefined) {
    const explanation = await client.json('GET', path);
    if (json) return `${JSON.stringify(explanation)}\n`;
    return tellExplanation(explanationSchema.parse(explanation), context.outIsTerminal);
  }
  const earlier = rfc3339Ms(from) === undefined ? from : await idAt(client, path, from);
  const difference = await client.json('GET', `${path}/difference`, { from: earlier });
  if (json) return `${JSON.stringify(difference)}\n`;
  return tellDifference(differenceSchema.parse(difference), context.outIsTerminal);
}

/** The id of what the score at an address was at another time. */
async function idAt(client: Client, path: string, at: string): Promise<string> {
  const { entity, name, subject } = explanationSchema.parse(await client.json('GET', path));
  const { scores } = await scoresOf(client, { entity, name, subject: subject ?? '', at });
  return scores[0]?.id ?? '';
}

/** More of one entity are not listed. */
const listedMax = 200;

const pageSchema = z.object({ scores: z.array(scoreSchema), next: z.string().nullable() });

async function scoresOf(
  client: Client,
  asked: Exclude<Asked, { readonly id: string }>,
): Promise<z.output<typeof pageSchema>> {
  const page = pageSchema.parse(await client.json('GET', '/scores', { ...asked, limit: String(listedMax) }));
  if (page.scores.length > 0) return page;
  const { entity, name = 'any name', subject, at } = asked;
  const what = subject ? `${name} about ${subject}` : name;
  if (at === undefined) throw new CommandFailed(`${entity} has no score of ${what}, so far.`);
  const range = await rangeOf(client, asked);
  const there = range ? `There are some from ${range.first} to ${range.last}.` : 'There is none later, either.';
  throw new CommandFailed(`${entity} has no score of ${what}, up to ${at}. ${there}`);
}

/** Times of the first and of the last score there is; undefined where there is none. */
async function rangeOf(
  client: Client,
  { entity, name, subject }: Exclude<Asked, { readonly id: string }>,
): Promise<{ readonly first: string; readonly last: string } | undefined> {
  const format = "'%Y-%m-%dT%H:%i:%SZ'";
  const wanted = ['entity = {entity:String}'];
  if (name !== undefined) wanted.push('name = {name:String}');
  if (subject !== undefined) wanted.push("ifNull(subject, '') = {subject:String}");
  const sql = `SELECT count() AS scores, formatDateTime(min(time), ${format}) AS first, formatDateTime(max(time), ${format}) AS last FROM scores WHERE ${wanted.join(' AND ')}`;
  const query = { default_format: 'JSONEachRow', param_entity: entity, param_name: name, param_subject: subject };
  const chunks: Uint8Array[] = [];
  for await (const chunk of await client.stream('/query', query, sql)) chunks.push(chunk);
  const { scores, first, last } = rangeSchema.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  return scores === 0 ? undefined : { first, last };
}

/** Counts of 64 bits come as text. */
const rangeSchema = z.object({ scores: z.coerce.number(), first: z.string(), last: z.string() });
