import { Command } from 'commander';
import { z } from 'zod';
import { createClient, type Client } from '../client.ts';
import { CommandFailed, WrongUsage, withRemoteOptions, type Context, type RemoteOptions } from '../context.ts';
import { plain, table, withProgress } from '../output.ts';

/** `weir deadletters list|show|replay`: what was refused and why, and handing it in again. */
export function deadLettersCommand(context: Context): Command {
  return new Command('deadletters')
    .description('what was refused and why: list it, look at it, hand it in again')
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(replayCommand(context));
}

function listCommand(context: Context): Command {
  return withRemoteOptions(new Command('list'))
    .description('the newest dead letters')
    .option('-n, --limit <number>', 'how many', '50')
    .action(async (options: RemoteOptions & { readonly limit: string }) => {
      const client = createClient(context, options);
      const letters = await withProgress(context, 'reading', () => newest(client, limitOf(options.limit)));
      if (options.json) return context.out(`${JSON.stringify(letters)}\n`);
      if (letters.length === 0) return context.out('There are no dead letters.\n');
      const rows = letters.map(({ id, at, hop, source, events, reason, detail }) =>
        [id, at, hop, source, String(events), reason, detail].map(plain),
      );
      context.out(table(['id', 'at', 'hop', 'source', 'events', 'reason', 'detail'], rows));
    });
}

function showCommand(context: Context): Command {
  return withRemoteOptions(new Command('show'))
    .description('one dead letter, with its bytes')
    .argument('<id>')
    .action(async (id: string, options: RemoteOptions) => {
      const found = await createClient(context, options).json('GET', `/deadletters/${encodeURIComponent(id)}`);
      if (options.json) return context.out(`${JSON.stringify(found)}\n`);
      const { body, ...letter } = wholeSchema.parse(found);
      const lines = Object.entries(letter).map(
        ([name, value]) => `${name.padEnd(12)} ${plain(typeof value === 'string' ? value : JSON.stringify(value))}\n`,
      );
      context.out(`${lines.join('')}\n${textOf(body)}\n`);
    });
}

function replayCommand(context: Context): Command {
  return withRemoteOptions(new Command('replay'))
    .description('hands dead letters to intake again, as they came')
    .argument('<id...>')
    .action(async (ids: readonly string[], options: RemoteOptions) => {
      const client = createClient(context, options);
      const failed: string[] = [];
      for (const id of ids) {
        try {
          const answer = answerSchema.parse(await client.json('POST', `/deadletters/${encodeURIComponent(id)}/replay`));
          context.out(options.json ? `${JSON.stringify({ id, answer })}\n` : `${plain(id)}  ${becameOf(answer)}\n`);
          if (stillDead(answer) > 0) failed.push(`${id}: is a dead letter again, ${whyOf(answer)}`);
        } catch (error) {
          if (!(error instanceof CommandFailed)) throw error;
          failed.push(`${id}: ${error.message}`);
        }
      }
      if (failed.length > 0) throw new CommandFailed(failed.join('\n'));
    });
}

/** As `2 accepted, 1 still dead`. */
function becameOf(answer: z.infer<typeof answerSchema>): string {
  const became = [
    [answer.accepted, 'accepted'],
    [answer.duplicates - (stillDead(answer) - answer.deadLettered), 'in the log already'],
    [answer.ignored, 'ignored'],
    [stillDead(answer), 'still dead'],
  ] as const;
  const told = became.filter(([events]) => events > 0).map(([events, as]) => `${events} ${as}`);
  return told.join(', ') || 'it held no event';
}

/** A letter that the log has already counts as a duplicate there; it is as dead as a new one. */
const stillDead = ({ deadLettered, deadAgain }: z.infer<typeof answerSchema>): number =>
  Math.max(deadLettered, deadAgain.length);

const whyOf = ({ deadAgain }: z.infer<typeof answerSchema>): string =>
  [...new Set(deadAgain.map(({ reason, detail }) => plain(`${reason}: ${detail}`)))].join('; ');

const pageMax = 200;

async function newest(client: Client, limit: number): Promise<readonly Letter[]> {
  const letters: Letter[] = [];
  let before: string | null | undefined;
  do {
    const page = pageSchema.parse(
      await client.json('GET', '/deadletters', {
        limit: String(Math.min(limit - letters.length, pageMax)),
        before: before ?? undefined,
      }),
    );
    letters.push(...page.deadLetters);
    before = page.next;
  } while (before !== null && letters.length < limit);
  return letters;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new WrongUsage(`--limit ${text} is no number of letters`);
  return limit;
}

/** The bytes as text where they are text. */
function textOf(body: string): string {
  const bytes = Buffer.from(body, 'base64');
  const text = bytes.toString('utf8');
  if (text.includes('\uFFFD')) return `(${bytes.length} bytes that are no text; --json gives them in base64)`;
  return text.split('\n').map(plain).join('\n');
}

const answerSchema = z.looseObject({
  accepted: z.number(),
  duplicates: z.number(),
  ignored: z.number(),
  deadLettered: z.number(),
  deadAgain: z.array(z.object({ reason: z.string(), detail: z.string() })),
});

const letterSchema = z.looseObject({
  id: z.string(),
  at: z.string(),
  hop: z.string(),
  source: z.string(),
  reason: z.string(),
  detail: z.string(),
  events: z.number(),
});
type Letter = z.infer<typeof letterSchema>;
const wholeSchema = letterSchema.extend({ body: z.string() });
const pageSchema = z.object({ deadLetters: z.array(letterSchema), next: z.string().nullable() });
