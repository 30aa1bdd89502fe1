import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOf, findingText, lintFile, loadConfig } from '../../src/config/load.ts';
import { lintConfig } from '../../src/config/lint.ts';
import { options } from '../../src/config/options.ts';
import { example } from '../docs/configuration.ts';
import { redact, redactUrl } from '../../src/config/redact.ts';
import { isLoopback, secretsOf } from '../../src/config/schema.ts';
import { suggest } from '../../src/core/suggest.ts';
import { isWeirError } from '../../src/core/errors.ts';
import { newFolder } from '../support/folder.ts';

const sources = ['gong', 'hubspot', 'intercom', 'stripe'];

describe('a configuration', () => {
  test('needs no file: everything has a default', () => {
    const config = loadConfig({ env: {}, cwd: newFolder({}) });
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8420 });
    expect(config.partitions).toBe(8);
    expect(config.log.url).toBeUndefined();
    expect(config.auth.tokens).toEqual([]);
  });

  test('takes the file, and the environment before the file', () => {
    const cwd = newFolder({ 'weir.yaml': 'http: { port: 1000, host: localhost }\nlog: { url: nats://a:1 }\n' });
    const config = loadConfig({ env: { WEIR_HTTP_PORT: '2000', NATS_URL: 'nats://b:2' }, cwd });
    expect(config.http).toMatchObject({ port: 2000, host: 'localhost' });
    expect(config.log.url).toBe('nats://b:2');
  });

  test('takes every option from the environment', () => {
    const settable = options.filter(({ env }) => env !== undefined);
    expect(new Set(settable.map(({ env }) => env)).size).toBe(settable.length);
    for (const option of settable) {
      if (option.default === undefined || typeof option.default === 'object') continue;
      const { findings } = lintFile({
        env: { [option.env ?? '']: JSON.stringify(option.default).replaceAll('"', '') },
        cwd: newFolder({}),
      });
      expect(findings, option.env).toEqual([]);
    }
  });

  test('takes tokens and organisations from the environment as JSON', () => {
    const env = {
      WEIR_TOKENS: '[{"token":"0123456789abcdef","subject":"ada","org":"acme"}]',
      WEIR_ORGS: '{"acme":{"sources":{"stripe":{"unsigned":true}}}}',
    };
    const config = loadConfig({ env, cwd: newFolder({}), sources });
    expect(config.auth.tokens[0]).toMatchObject({ subject: 'ada', roles: [], rights: ['push', 'read', 'act'] });
    expect(config.orgs['acme']?.sources['stripe']?.unsigned).toBe(true);
  });

  test('takes secrets from the environment and from files, and accounts from a file', () => {
    const cwd = newFolder({
      'weir.yaml': [
        'orgs:',
        '  acme:',
        '    accounts: file:accounts.yaml',
        '    sources:',
        '      stripe: { secrets: ["${NEW}", "file:old.secret"] }',
      ].join('\n'),
      'old.secret': 'whsec_old_secret\n',
      'accounts.yaml': 'brightloom: [domain:brightloom.io]\n',
    });
    const { acme } = loadConfig({ env: { NEW: 'whsec_new_secret' }, cwd }).orgs;
    expect(acme?.sources['stripe'] && secretsOf(acme.sources['stripe'])).toEqual([
      'whsec_new_secret',
      'whsec_old_secret',
    ]);
    expect(acme?.accounts).toEqual({ brightloom: ['domain:brightloom.io'] });
  });

  test('takes paths from the folder of the file they stand in', () => {
    const cwd = newFolder({ 'weir.yaml': 'data: store\n' });
    const elsewhere = newFolder({});
    expect(loadConfig({ file: join(cwd, 'weir.yaml'), env: {}, cwd: elsewhere }).data).toBe(join(cwd, 'store'));
    expect(loadConfig({ env: { WEIR_DATA: 'mine' }, cwd: elsewhere }).data).toBe(join(elsewhere, 'mine'));
  });

  test('reads sizes as people write them', () => {
    expect(configOf({ http: { bodyLimit: '2MiB' } }).http.bodyLimit).toBe(2 * 1024 * 1024);
    expect(() => configOf({ http: { bodyLimit: '2 potatoes' } })).toThrow(/expected a size/);
  });

  test('the example of the docs is one', () => {
    const cwd = newFolder({ 'weir.yaml': example, 'hubspot.secret': 'the-client-secret' });
    const env = {
      CLICKHOUSE_PASSWORD: 'pw',
      ACME_TOKEN: 'a'.repeat(32),
      STRIPE_SECRET: 'whsec_one_one',
      STRIPE_SECRET_BEFORE: 'whsec_two_two',
      GONG_PUBLIC_KEY: 'MIIBIjANBg',
    };
    expect(lintFile({ env, cwd, sources }).findings).toEqual([]);
  });
});

describe('what is wrong is named with file, line and column', () => {
  const cases: readonly (readonly [what: string, text: string, finding: string])[] = [
    ['an unknown key', 'http:\n  prot: 1\n', 'weir.yaml:2:3: error: http.prot: unknown key; did you mean "port"?'],
    ['a key in the wrong place', 'port: 1\n', 'weir.yaml:1:1: error: port: unknown key; did you mean "http.port"?'],
    ['a wrong value', 'http:\n  port: many\n', 'weir.yaml:2:9: error: http.port: expected a number, got "many"'],
    [
      'a duration that is none',
      'archive:\n  maxAge: soon\n',
      'weir.yaml:2:11: error: archive.maxAge: expected a duration such as',
    ],
    ['an unset variable', 'data: ${NOT_THERE}\n', 'weir.yaml:1:7: error: data: ${NOT_THERE} is not set'],
    ['a missing file', 'orgs:\n  acme:\n    accounts: file:no.yaml\n', 'no.yaml: there is no such file'],
    ['an org that cannot be a name', 'orgs:\n  Acme.Inc: {}\n', 'weir.yaml:2:3: error: orgs.Acme.Inc: expected a name'],
    ['text that is no YAML', 'http: {port: 1\norgs: [\n', 'weir.yaml:'],
    ['a list in place of a map', '- http\n', 'weir.yaml:1:1: error: a configuration is a map of keys'],
    ['the same key twice', 'data: a\ndata: b\n', 'weir.yaml:2:1: error: Map keys must be unique'],
    [
      'a source without a secret',
      'orgs:\n  acme:\n    sources:\n      gong: {}\n',
      'weir.yaml:4:13: error: orgs.acme.sources.gong: has no secret; give it one, or write unsigned: true',
    ],
    [
      'a source nobody wrote',
      'orgs:\n  acme:\n    sources:\n      strip: { unsigned: true }\n',
      'weir.yaml:4:14: error: orgs.acme.sources.strip: there is no source "strip"; did you mean "stripe"?',
    ],
    [
      'a secret in plain text',
      'orgs:\n  acme:\n    sources:\n      gong:\n        secret: open-sesame\n',
      'weir.yaml:5:17: error: orgs.acme.sources.gong.secret: a secret must not stand here in plain text',
    ],
    [
      'a token in plain text, which is no second fault for not being there',
      'auth:\n  tokens:\n    - { token: open-sesame, subject: ada, org: acme }\n',
      'weir.yaml:3:16: error: auth.tokens.0.token: a secret must not stand here in plain text',
    ],
    [
      'an alias of two accounts',
      'orgs:\n  acme:\n    accounts:\n      a: [domain:x.io]\n      b: [domain:x.io]\n',
      'weir.yaml:5:11: error: orgs.acme.accounts.b.0: "domain:x.io" belongs to the account "a" already',
    ],
    ['an open door', 'http:\n  host: 0.0.0.0\n', 'weir.yaml:2:9: error: http.host: without auth.tokens'],
    [
      'alerts forgotten while open',
      'retention:\n  alertsMaxAge: 7d\n',
      'weir.yaml:2:17: error: retention.alertsMaxAge: must be longer than alerts.expireAfter (14d)',
    ],
    [
      'a log too small for a message',
      'retention:\n  maxBytes: 64MiB\n',
      'weir.yaml:2:13: error: retention.maxBytes: must be at least 256MiB',
    ],
  ];

  test.each(cases)('%s', (_, text, finding) => {
    const cwd = newFolder({ 'weir.yaml': text });
    const found = lintFile({ env: {}, cwd, sources }).findings.map((each) => findingText(each, cwd));
    expect(found.join('\n')).toContain(finding);
    expect(found).toHaveLength(1);
    expect(() => loadConfig({ env: {}, cwd, sources })).toThrow(finding);
  });

  test('in the environment, by the name of the variable', () => {
    const cwd = newFolder({});
    const { findings } = lintFile({ env: { WEIR_HTTP_PORT: 'x', WEIR_PARTITION: '4', WEIR_TOKENS: '[{' }, cwd });
    const found = findings.map((each) => findingText(each, cwd)).join('\n');
    expect(found).toContain('$WEIR_HTTP_PORT: error: http.port: expected a number, got "x"');
    expect(found).toContain('$WEIR_PARTITION: warning: means nothing to weir; did you mean WEIR_PARTITIONS?');
    expect(found).toContain('$WEIR_TOKENS: error: is neither JSON nor YAML');
  });

  test('in a file that is included, by the name of that file', () => {
    const cwd = newFolder({ 'weir.yaml': 'orgs: { acme: { accounts: file:a.yaml } }\n', 'a.yaml': 'a:\n  - 5\n' });
    const found = lintFile({ env: {}, cwd }).findings.map((each) => findingText(each, cwd));
    expect(found).toEqual(['a.yaml:2:5: error: orgs.acme.accounts.a.0: expected text, got 5']);
  });

  test('all at once, and what is right is read all the same', () => {
    const cwd = newFolder({
      'weir.yaml': 'http: { prot: 1, port: 99999 }\nlog: { url: nats://here:4222 }\npartitions: 0\n',
    });
    const { findings, config } = lintFile({ env: {}, cwd });
    expect(findings).toHaveLength(3);
    expect(config.log.url).toBe('nats://here:4222');
    expect(config.http.port).toBe(8420);
  });

  test('whatever the text: reading never throws, and every finding has a place', () => {
    const key = fc.constantFrom('http', 'port', 'orgs', 'acme', 'sources', 'secret', 'auth', 'tokens', '__proto__');
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 5 }, leaf, fc.dictionary(key, tie('node')), fc.array(tie('node'))),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const file = { path: 'weir.yaml', text: JSON.stringify(value) };
        for (const { line } of lintConfig({ file, env: {}, cwd: '/' }).findings) expect(line).toBeGreaterThan(0);
      }),
    );
  });
});

describe('a secret', () => {
  const config = configOf({
    log: { url: 'nats://user:hunter22@nats:4222' },
    auth: { tokens: [{ token: 'token-token-token', subject: 'ada', org: '*' }] },
    orgs: { acme: { sources: { stripe: { secret: 'whsec_first' }, gong: { secrets: ['gong-second'] } } } },
  });

  test('is masked before a configuration is printed, and so is a password in an address', () => {
    const printed = JSON.stringify(redact(config));
    for (const secret of ['hunter22', 'token-token-token', 'whsec_first', 'gong-second'])
      expect(printed).not.toContain(secret);
    expect(printed).toContain('ada');
    expect(redactUrl('http://weir:pw@clickhouse:8123/')).toBe('http://***@clickhouse:8123/');
  });

  test.each([
    'nats://weir:hunter22@a:4222,nats://weir:hunter22@b:4222',
    'cannot reach nats://hunter22@a:4222: refused',
  ])('is masked wherever an address stands: %s', (text) => expect(redactUrl(text)).not.toContain('hunter22'));

  test('is all that is masked of an address', () => {
    expect(redactUrl('mailto:ada@example.com')).toBe('mailto:ada@example.com');
    expect(redactUrl('http://example.com/a@b?c=@d')).toBe('http://example.com/a@b?c=@d');
  });

  test('does not show in what is said about it', () => {
    const cwd = newFolder({ 'weir.yaml': 'auth:\n  tokens:\n    - { token: hunter22hunter22, subject: a, org: b }\n' });
    try {
      loadConfig({ env: {}, cwd });
      expect.unreachable();
    } catch (error) {
      expect(isWeirError(error, 'config-invalid')).toBe(true);
      expect(String(error)).not.toContain('hunter22');
    }
  });
});

test('loopback is what only this machine reaches', () => {
  expect(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].every(isLoopback)).toBe(true);
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.com', 'localhost.evil.com'].some(isLoopback)).toBe(false);
});

test('a suggestion is near, or there is none', () => {
  expect(suggest('prot', ['port', 'host'])).toBe('port');
  expect(suggest('zzzzzz', ['port', 'host'])).toBeUndefined();
});
