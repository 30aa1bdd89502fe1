import { createHash } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import type { Authenticator } from '../../auth/identity.ts';
import type { Readiness } from './operations.ts';

export interface HomeDeps {
  readonly version: string;
  readonly authenticator: Pick<Authenticator, 'required'>;
  /** What is running, as name and value: folders and addresses, which are for whoever runs weir. With tokens anybody may look, and is not shown them. */
  facts(): readonly Pair[];
  readiness(): Readiness;
}

/** The page at `/`: what is running and where to look. */
export function homeRoutes(deps: HomeDeps): FastifyPluginAsync {
  return async (server) => {
    server.get('/', { schema }, async (_, reply) => {
      return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page(deps));
    });
  };
}

function page({ version, authenticator, facts, readiness }: HomeDeps): string {
  const { ready, parts } = readiness();
  const state = Object.entries(parts).map(([name, part]) => rowOf([name, `${part.ready ? '✓' : '✗'} ${part.reason}`]));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>weir</title>
<style>${style}</style>
<main>
<h1>weir <small>${escaped(version)}</small></h1>
<p class="${ready ? 'ready' : 'not'}">${ready ? 'Ready.' : 'Not ready.'}</p>
${table('What is running', (authenticator.required ? [] : facts()).map(rowOf))}
${table('How it is', state)}
${table('Where to look', links.map(linkRow), 'links')}
</main>
</html>
`;
}

const schema = {
  tags: ['operations'],
  security: [],
  summary: 'A page for people',
  response: { 200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } } },
};

const links: readonly Pair[] = [
  ['/docs', 'the API, to read and to try'],
  ['/alerts', 'what somebody must know, as JSON'],
  ['/alerts/stream', 'the same as it happens'],
  ['/api/v1/orchestration/sessions', 'runs of agents; on a terminal: weir runs list'],
  ['/deadletters', 'what was refused, and why'],
  ['/readyz', 'each part with its reason'],
  ['/metrics', 'figures for Prometheus'],
  ['/openapi.json', 'HTTP in words for machines'],
  ['/asyncapi.json', 'WebSocket and NATS messages in words for machines'],
];

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 44rem; margin: 3rem auto; padding: 0 1rem; }
h1 small { font-weight: normal; opacity: .6; }
.ready { color: #1a7f37; } .not { color: #cf222e; }
@media (prefers-color-scheme: dark) { .ready { color: #3fb950; } .not { color: #ff7b72; } }
table { width: 100%; table-layout: fixed; border-collapse: collapse; margin: 1.5rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-top: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: normal; width: 16rem; }
@media (max-width: 38rem) { main { margin-top: 1rem; } th { width: 6rem; } .links th, .links td { display: block; width: auto; } .links td { border: 0; padding-top: 0; } }
`;

/** Nothing but this one style: no script, no picture, nothing from elsewhere. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`;

type Pair = readonly [name: string, value: string];

function table(caption: string, rows: readonly string[], name = 'pairs'): string {
  if (rows.length === 0) return '';
  return `<table class="${name}"><caption>${caption}</caption>${rows.join('')}</table>`;
}

function rowOf([name, value]: Pair): string {
  return `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`;
}

function linkRow([href, what]: Pair): string {
  return `<tr><th scope="row"><a href="${href}">${href}</a></th><td>${what}</td></tr>`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
