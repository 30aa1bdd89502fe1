import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A tool server of our own, as bad as it is told to be: JSON-RPC by hand, because a library would keep it from most of this.
 * `argv[2]` is a file with its tools as JSON, read anew whenever they are listed.
 */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: Readonly<Record<string, unknown>> };
}

const [, , file = ''] = process.argv;
const write = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (value: string) => ({ content: [{ type: 'text', text: value }] });

/** What each tool does. */
const acts: Readonly<Record<string, (args: Readonly<Record<string, unknown>>) => object | undefined>> = {
  echo: ({ text: said }) => text(String(said)),
  environment: () => text(JSON.stringify({ env: process.env, cwd: process.cwd() })),
  pid: () => text(String(process.pid)),
  large: ({ characters }) => text('x'.repeat(Number(characters))),
  'large-data': ({ characters }) => ({
    content: [],
    structuredContent: { temperature: 1, note: 'x'.repeat(Number(characters)) },
  }),
  'wrong-data': () => ({ content: [], structuredContent: { temperature: 'warm' } }),
  'no-data': () => text('I have none'),
  deep: ({ levels }) => ({ content: [], structuredContent: { temperature: 1, note: nested(Number(levels)) } }),
  nonsense: () => ({ content: 'not a list' }),
  fails: () => ({ ...text('the other side is down'), isError: true }),
  exits: () => process.exit(3),
  silent: () => undefined,
  // Blocks: not even a ping is answered.
  hangs: () => {
    for (;;) Math.random();
  },
  floods: () => {
    const log = { method: 'notifications/message', params: { level: 'info', data: 'x'.repeat(10_000) } };
    while (write(log));
    process.stdout.once('drain', () => acts['floods']?.({}));
    return undefined;
  },
  changes: () => {
    write({ method: 'notifications/tools/list_changed' });
    return text('told');
  },
};

function nested(levels: number): unknown {
  return levels === 0 ? 'bottom' : [nested(levels - 1)];
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params }: Message = JSON.parse(line);
  if (id === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'own', version: '1' };
    write({
      id,
      result: { protocolVersion: '2025-06-18', capabilities: { tools: { listChanged: true } }, serverInfo },
    });
  } else if (method === 'tools/list') write({ id, result: { tools: JSON.parse(readFileSync(file, 'utf8')) } });
  else if (method === 'ping') write({ id, result: {} });
  else if (method === 'tools/call') {
    const result = acts[params?.name ?? '']?.(params?.arguments ?? {});
    if (result) write({ id, result });
  } else write({ id, error: { code: -32601, message: 'no such method' } });
});
