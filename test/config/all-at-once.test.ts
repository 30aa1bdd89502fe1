import { describe, expect, test } from 'vitest';
import { findingText, lintFile } from '../../src/config/load.ts';
import { newFolder } from '../support/folder.ts';

const sources = ['gong', 'hubspot', 'intercom', 'stripe'];

describe('all faults are told at one go', () => {
  const foundIn = (text: string, env = {}) => {
    const cwd = newFolder({ 'weir.yaml': text });
    return lintFile({ env, cwd, sources }).findings.map((each) => findingText(each, cwd));
  };

  test('of secrets, of what options are, and of how they go together', () => {
    const text = [
      'http: { host: 0.0.0.0, port: many }',
      'retention: { maxBytes: 1MiB, alertsMaxAge: 1d }',
      'auth:',
      '  tokens:',
      '    - { token: "${SHORT}", subject: a, org: acme }',
      '    - { token: "${LONG}", subject: b, org: acne }',
      '    - { token: "${LONG}", subject: c, org: acme, rigths: [read] }',
      'orgs:',
      '  acme:',
      '    sources:',
      '      stripe: { secret: plain-text }',
      '      hubspot: { secret: "${NOT_THERE}" }',
      '      gong: {}',
      '      gnog: { unsigned: true }',
    ].join('\n');
    expect(foundIn(text, { SHORT: 'short', LONG: 'l'.repeat(16) })).toEqual([
      'weir.yaml:1:30: error: http.port: expected a number, got "many"',
      'weir.yaml:2:24: error: retention.maxBytes: must be at least 256MiB: a message of 1 MiB has to fit into each part of the log',
      expect.stringContaining('weir.yaml:2:44: error: retention.alertsMaxAge: must be longer than alerts.expireAfter'),
      'weir.yaml:5:16: error: auth.tokens.0.token: a token has at least 16 characters',
      'weir.yaml:6:44: warning: auth.tokens.1.org: there is no organisation "acne" under orgs; did you mean "acme"?',
      'weir.yaml:7:50: error: auth.tokens.2.rigths: unknown key; did you mean "rights"?',
      'weir.yaml:11:25: error: orgs.acme.sources.stripe.secret: a secret must not stand here in plain text; write ${NAME} or file:PATH',
      expect.stringContaining('weir.yaml:12:26: error: orgs.acme.sources.hubspot.secret: ${NOT_THERE} is not set'),
      expect.stringContaining('weir.yaml:13:13: error: orgs.acme.sources.gong: has no secret'),
      'weir.yaml:14:13: error: orgs.acme.sources.gnog: there is no source "gnog"; did you mean "gong"?',
    ]);
  });

  test('and not what only follows from another', () => {
    // Tokens that are wrong are tokens all the same, and an age that is none cannot be compared.
    const text =
      'http: { host: 0.0.0.0 }\nauth: { tokens: [{ subject: a, org: acme }] }\nretention: { alertsMaxAge: 1d }\nalerts: { expireAfter: soon }\n';
    expect(foundIn(text)).toEqual([
      'weir.yaml:2:18: error: auth.tokens.0.token: is missing; expected text',
      expect.stringContaining('weir.yaml:4:24: error: alerts.expireAfter: expected a duration'),
    ]);
    expect(
      foundIn('orgs: { acme: 5 }\nauth: { tokens: [{ token: "${T}", subject: a, org: acme }] }\n', {
        T: 't'.repeat(16),
      }),
    ).toEqual(['weir.yaml:1:15: error: orgs.acme: expected a map of keys, got a number']);
  });

  test('without showing what is secret', () => {
    const env = { PASSWORD: 'hunter2', TOKEN: 'hunter2', CLICKHOUSE_URL: 'htp://weir:hunter2@store' };
    const text =
      'log: { url: "nat://weir:${PASSWORD}@log" }\nauth: { tokens: [{ token: "${TOKEN}", subject: a, org: acme }] }\n' +
      'orgs: { acme: { sources: { stripe: { secrets: ["${TOKEN}"] } } } }\n';
    const found = foundIn(text, env);
    expect(found).toHaveLength(4);
    expect(found.join('\n')).not.toContain('hunter2');
  });

  test.each([
    'auth: { tokens: ["${S}"] }',
    'auth: { tokens: "${S}" }',
    'auth: "${S}"',
    'auth: { tokens: [{ token: "${T}", subject: a, org: "${S}" }] }',
    'auth: { tokens: [{ token: [["${S}"]], subject: a, org: acme }] }',
    'orgs: { acme: { sources: { stripe: "${S}" } } }',
    'orgs: "${S}"',
    'http: { port: "port ${S}" }',
    'models: { providers: { a: { kind: "${S}", model: x } } }',
  ])('nor what was put in for a reference, wherever it stands: %s', (text) => {
    const found = foundIn(text, { S: 'Hunter 2', T: 't'.repeat(16) });
    expect(found).not.toEqual([]);
    expect(found.join('\n')).not.toContain('unter');
  });
});

test('a variable named by the path of its option is told what it is called', () => {
  const cwd = newFolder({});
  const { findings } = lintFile({
    env: { WEIR_AUTH_TOKENS: '[]', WEIR_STORE_URL: 'http://x', WEIR_SERVICE_HOST: 'x' },
    cwd,
  });
  expect(findings.map((each) => findingText(each, cwd))).toEqual([
    '$WEIR_AUTH_TOKENS: warning: means nothing to weir; did you mean WEIR_TOKENS?',
    '$WEIR_STORE_URL: warning: means nothing to weir; did you mean CLICKHOUSE_URL?',
  ]);
});

test('what is no map of keys is told in words of YAML', () => {
  const said = (text: string) => {
    const cwd = newFolder({ 'weir.yaml': text });
    return lintFile({ env: {}, cwd }).findings.map((each) => findingText(each, cwd));
  };
  expect(said('http:\n')).toEqual(['weir.yaml:1:6: error: http: expected a map of keys, got nothing']);
  expect(said('auth: { tokens: { a: 1 } }\n')).toEqual([
    'weir.yaml:1:17: error: auth.tokens: expected a list, got a map of keys',
  ]);
});
