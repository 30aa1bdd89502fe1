import { z } from 'zod';
import { options, type Option } from '../../src/config/options.ts';

/** `docs/configuration.md`: written from the schema, so that page and code say the same. */
export function configurationPage(): string {
  return `# Configuration

weir reads \`weir.yaml\` in the folder it is started in, or the file named by \`--config\` or \`WEIR_CONFIG\`. Every option has a default;
a file needs only what differs. A variable in the environment goes before the file; lists and maps are written there as JSON or YAML.

- An unknown key or a wrong value is an error with file, line and column. \`weir check\` names them all at once.
- \`\${NAME}\` in any text is the variable of that name. A secret may only stand as \`\${NAME}\` or \`file:PATH\`, and is never printed.
- Paths are relative to the folder of the file they stand in.
- Lengths of time: \`250ms\`, \`30s\`, \`5m\`, \`2h\`, \`14d\`. Sizes: a number of bytes, or \`512KiB\`, \`5MiB\`, \`16GiB\`.

| key | environment | default | meaning |
| --- | --- | --- | --- |
${options.map(row).join('\n')}

An example:

\`\`\`yaml
${example}\`\`\`
`;
}

/** A configuration with one of each; a test reads it. */
export const example = `http:
  host: 0.0.0.0
  publicUrl: https://weir.example.com
log:
  url: nats://nats:4222
store:
  url: http://weir:\${CLICKHOUSE_PASSWORD}@clickhouse:8123
auth:
  tokens:
    - token: \${ACME_TOKEN}
      subject: ada@acme.example
      org: acme
orgs:
  acme:
    sources:
      stripe:
        secrets: ['\${STRIPE_SECRET}', '\${STRIPE_SECRET_BEFORE}']
      gong:
        secret: \${GONG_PUBLIC_KEY}
      hubspot:
        secret: file:hubspot.secret
    accounts:
      brightloom:
        - domain:brightloom.io
        - hubspot:company:55
        - stripe:cus_9s6XKzkNRiz8i3
`;

function row(option: Option): string {
  const { key, env, about } = option;
  return `| \`${key}\` | ${env === undefined ? '' : `\`${env}\``} | ${defaultText(option)} | ${about.about} |`;
}

function defaultText({ default: value, about, type }: Option): string {
  if (value === undefined) return about.without ?? 'none';
  // A number of bytes is what may be written as a size, too.
  if (typeof value === 'number') return `\`${z.safeParse(type, '1KiB').success ? sizeText(value) : value}\``;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `\`${value.join(', ')}\``;
  return typeof value === 'string' || typeof value === 'boolean' ? `\`${value}\`` : 'none';
}

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = units.findLastIndex((_, index) => bytes % 1_024 ** index === 0);
  return `${bytes / 1_024 ** power}${units[power]}`;
}
