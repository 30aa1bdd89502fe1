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
${table('Where to look', links.map(linkRow(authenticator.required)), 'links')}
${authenticator.required ? hint : ''}
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

interface Link {
  readonly href: string;
  readonly is: string;
  /** Where there are tokens it is answered with one alone. */
  readonly asks?: true;
}

const links: readonly Link[] = [
  { href: '/docs', is: 'the API, to read and to try' },
  { href: '/alerts', is: 'what somebody must know, as JSON; on a terminal: weir alerts list', asks: true },
  { href: '/alerts/stream', is: 'the same as it happens; on a terminal: weir tail', asks: true },
  { href: '/api/v1/orchestration/sessions', is: 'runs of agents; on a terminal: weir runs list', asks: true },
  { href: '/deadletters', is: 'what was refused, and why; on a terminal: weir deadletters list', asks: true },
  { href: '/readyz', is: 'each part with its reason' },
  { href: '/metrics', is: 'figures for Prometheus', asks: true },
  { href: '/openapi.json', is: 'HTTP in words for machines' },
  { href: '/asyncapi.json', is: 'WebSocket and NATS messages in words for machines' },
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

/** A browser sends no token where it follows a link. */
const linkRow =
  (tokens: boolean) =>
  ({ href, is, asks }: Link): string =>
    `<tr><th scope="row">${tokens && asks ? href : `<a href="${href}">${href}</a>`}</th><td>${is}${tokens && asks ? '; with a token' : ''}</td></tr>`;

const hint =
  '<p>With a token: in <a href="/docs">/docs</a> under Authorize, on a terminal in WEIR_TOKEN, else in the header <code>authorization: Bearer …</code></p>';

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
