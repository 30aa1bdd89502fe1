import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';

/** A server on loopback that speaks Anthropic's messages, as streams. */
export interface AnthropicServer {
  readonly url: string;
  /** The keys it was asked with, in order. */
  readonly keys: readonly (string | string[] | undefined)[];
  close(): Promise<void>;
}

/** `half`: the stream ends in the middle. A number: it answers with that status. */
export async function anthropicServer(does: 'answer' | 'half' | number): Promise<AnthropicServer> {
  const keys: (string | string[] | undefined)[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers['x-api-key']);
    request.resume();
    request.on('end', () => answer(does, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    keys,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(does: 'answer' | 'half' | number, response: ServerResponse): void {
  if (typeof does === 'number') {
    response.writeHead(does, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (event: { type: string; [key: string]: unknown }) =>
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  const usage = { input_tokens: 20, output_tokens: 1 };
  const message = {
    id: 'm1',
    type: 'message',
    role: 'assistant',
    content: [],
    model: 'stub',
    stop_reason: null,
    usage,
  };
  send({ type: 'message_start', message });
  send({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
  send({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Three invoices are late.' } });
  if (does === 'answer') {
    send({ type: 'content_block_stop', index: 0 });
    send({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 10 },
    });
    send({ type: 'message_stop' });
  }
  response.end();
}
