import { z } from 'zod';
import { loopback, type Loopback } from './loopback.ts';

/** What the server does: vectors of the texts, or something else that is no answer. */
export type Embedding =
  | ((text: string) => readonly number[])
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'garbage'
  | 'silence'
  | 'too-few';

/** A server on loopback that speaks OpenAI's embeddings. */
export interface EmbeddingsServer extends Loopback {
  /** What it was asked for, in order. */
  readonly requests: readonly { readonly model: string; readonly input: readonly string[] }[];
  readonly keys: readonly (string | undefined)[];
}

const body = z.looseObject({ model: z.string(), input: z.array(z.string()) });

export async function embeddingsServer(does: (request: number) => Embedding): Promise<EmbeddingsServer> {
  const requests: z.infer<typeof body>[] = [];
  const keys: (string | undefined)[] = [];
  const server = await loopback((request, text, response) => {
    const asked = body.parse(JSON.parse(text));
    requests.push(asked);
    keys.push(request.headers.authorization);
    const how = does(requests.length);
    if (how === 'silence') return;
    if (typeof how === 'object') {
      response.writeHead(how.status, { 'content-type': 'application/json', ...how.headers });
      response.end(JSON.stringify({ error: { message: 'Incorrect API key provided: sk-very-secret' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    if (how === 'garbage') {
      response.end('<html>502 Bad Gateway</html>');
      return;
    }
    const input = how === 'too-few' ? asked.input.slice(1) : asked.input;
    const embed = how === 'too-few' ? () => [1, 0] : how;
    const data = input.map((each, index) => ({ object: 'embedding', index, embedding: embed(each) }));
    response.end(
      JSON.stringify({ object: 'list', data, model: asked.model, usage: { prompt_tokens: 7, total_tokens: 7 } }),
    );
  });
  return { ...server, requests, keys };
}
