import type { ServerResponse } from 'node:http';
import { loopback, stream, type Loopback } from './loopback.ts';

/** A server on loopback that speaks Anthropic's messages, as streams. */
export interface AnthropicServer extends Loopback {
  /** The keys it was asked with, in order. */
  readonly keys: readonly (string | string[] | undefined)[];
}

/** `half`: the stream ends in the middle. A number: it answers with that status. */
export async function anthropicServer(does: 'answer' | 'half' | number): Promise<AnthropicServer> {
  const keys: (string | string[] | undefined)[] = [];
  const server = await loopback((request, _, response) => {
    keys.push(request.headers['x-api-key']);
    answer(does, response);
  });
  return { ...server, keys };
}

function answer(does: 'answer' | 'half' | number, response: ServerResponse): void {
  if (typeof does === 'number') {
    response.writeHead(does, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }));
    return;
  }
  stream(response);
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
