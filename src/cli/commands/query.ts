import { Command } from 'commander';
import { createClient } from '../client.ts';
import { withRemoteOptions, WrongUsage, type Context, type RemoteOptions } from '../context.ts';
import { withProgress } from '../output.ts';

interface QueryOptions extends RemoteOptions {
  readonly format?: string;
  readonly param?: Readonly<Record<string, string>>;
}

/** `weir query "SELECT …"`: ClickHouse SQL, asked at the daemon's door. */
export function queryCommand(context: Context): Command {
  return withRemoteOptions(new Command('query'))
    .description('asks in ClickHouse SQL, over the rows of your organisation')
    .argument('<sql>', 'one SELECT')
    .option(
      '-f, --format <format>',
      'how to answer: PrettyCompact, JSONEachRow, CSVWithNames, … (FORMAT in the query goes before it)',
    )
    .option('--param <name=value>', 'a parameter, {name:Type} in the query; may be repeated', addParameter)
    .addHelpText('after', '\nExample:\n  weir query "SELECT severity, count() FROM alerts GROUP BY severity"')
    .action(async (sql: string, options: QueryOptions) => {
      const client = createClient(context, options);
      const query = { default_format: formatOf(options, context), ...options.param };
      const answer = await withProgress(context, 'asking', () => client.stream('/query', query, sql));
      const decoder = new TextDecoder();
      for await (const chunk of answer) context.out(decoder.decode(chunk, { stream: true }));
    });
}

function formatOf({ format, json }: QueryOptions, { outIsTerminal }: Context): string {
  return format ?? (json ? 'JSONEachRow' : outIsTerminal ? 'PrettyCompact' : 'PrettyCompactNoEscapes');
}

function addParameter(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new WrongUsage(`--param ${text} is no name=value`);
  return { ...before, [`param_${text.slice(0, at)}`]: text.slice(at + 1) };
}
