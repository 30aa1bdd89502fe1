import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { loopback, stream, type Loopback } from './loopback.ts';

/** What the server does with a request. `usage: false`: it does not tell. */
export type Behaviour =
  | { readonly does: 'answer'; readonly text: string; readonly usage?: false; readonly finish?: string }
  | { readonly does: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The stream ends in order, or its connection is cut, in the middle. */
  | { readonly does: 'half'; readonly text: string; readonly cut: boolean }
  | { readonly does: 'garbage' }
  | { readonly does: 'flood' }
  | { readonly does: 'reset' }
  | { readonly does: 'silence' }
  | { readonly does: 'redirect'; readonly to: string };

/** A server on loopback that speaks OpenAI's chat completions, as streams. */
export interface OpenAiServer extends Loopback {
  /** Bodies and keys of the requests, in order. */
  readonly requests: readonly { readonly body: RequestBody; readonly authorization: string | undefined }[];
}

const requestBody = z.looseObject({
  model: z.string(),
  max_tokens: z.number(),
  response_format: z.looseObject({ type: z.string() }).optional(),
  messages: z.array(z.looseObject({ role: z.string() })),
});
type RequestBody = z.infer<typeof requestBody>;

export async function openAiServer(behaviour: (request: number) => Behaviour): Promise<OpenAiServer> {
  const requests: { body: RequestBody; authorization: string | undefined }[] = [];
  const server = await loopback((request, body, response) => {
    requests.push({ body: requestBody.parse(JSON.parse(body)), authorization: request.headers.authorization });
    behave(behaviour(requests.length), response);
  });
  return { ...server, requests };
}

function behave(behaviour: Behaviour, response: ServerResponse): void {
  switch (behaviour.does) {
    case 'answer':
      stream(response);
      write(response, delta(behaviour.text));
      write(response, ending(behaviour.finish ?? 'stop'));
      if (behaviour.usage !== false)
        write(response, { ...chunk([]), usage: { prompt_tokens: 20, completion_tokens: 10 } });
      response.end('data: [DONE]\n\n');
      return;
    case 'status':
      response.writeHead(behaviour.status, { 'content-type': 'application/json', ...behaviour.headers });
      response.end(JSON.stringify({ error: { message: 'Incorrect API key provided: sk-very-secret', type: 'error' } }));
      return;
    case 'half':
      stream(response);
      write(response, delta(behaviour.text));
      // Closed, not reset: a reset may take along what had arrived.
      if (behaviour.cut) response.write('data: {"id"', () => response.socket?.destroy());
      else response.end();
      return;
    case 'garbage':
      stream(response);
      response.end('data: <html>502 Bad Gateway</html>\n\n');
      return;
    case 'flood': {
      stream(response);
      const more = () => {
        while (response.write(`: ${'x'.repeat(64 * 1_024)}`));
      };
      response.on('drain', more);
      more();
      return;
    }
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'silence':
      return;
    case 'redirect':
      response.writeHead(307, { location: behaviour.to });
      response.end();
  }
}

function write(response: ServerResponse, event: object): void {
  response.write(`data: ${JSON.stringify(event)}\n\n`);
}

function delta(content: string): object {
  return chunk([{ index: 0, delta: { role: 'assistant', content } }]);
}

function ending(reason: string): object {
  return chunk([{ index: 0, delta: {}, finish_reason: reason }]);
}

function chunk(choices: readonly object[]): object {
  return { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'stub', choices };
}
