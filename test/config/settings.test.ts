import { describe, expect, test } from 'vitest';
import { findingText, lintFile } from '../../src/config/load.ts';
import { settingsFindings } from '../../src/config/settings.ts';
import { builtInPipelines, loadPipelines } from '../../src/pipeline/load.ts';
import { example, pipelines } from '../docs/settings.ts';
import { newFolder } from '../support/folder.ts';

/** What is said of a configuration. */
function said(text: string): readonly string[] {
  const cwd = newFolder({ 'weir.yaml': text });
  const linted = lintFile({ env: {}, cwd });
  return [...linted.findings, ...settingsFindings(linted, pipelines)].map((finding) => findingText(finding, cwd));
}

const org = (...lines: readonly string[]): string =>
  ['orgs:', '  acme:', ...lines.map((line) => `    ${line}`)].join('\n');

describe('settings in a configuration', () => {
  test('are taken as the page shows them', () => {
    expect(said(example)).toEqual([]);
  });

  test('of a pipeline that there is not are refused, with the one that was meant', () => {
    expect(said(org('settings:', '  customer-helth: { actUnder: 50 }'))).toEqual([
      'weir.yaml:4:23: error: orgs.acme.settings.customer-helth: there is no pipeline "customer-helth"; did you mean "customer-health"?',
    ]);
    expect(said(org('settings:', '  revenue: { more: 1 }'))).toEqual([
      'weir.yaml:4:16: error: orgs.acme.settings.revenue: nothing can be set of the pipeline "revenue"',
    ]);
  });

  test('that there are not, or out of their range, are refused where they stand', () => {
    const found = said(org('settings:', '  market:', '    newsfrom: 1', '    burstFrom: 60'));
    expect(found).toEqual([
      'weir.yaml:5:19: error: orgs.acme.settings.market.newsfrom: there is no such setting; there are newsFrom, burstFrom',
      'weir.yaml:6:20: error: orgs.acme.settings.market.burstFrom: expected a number from 0 to 1, got 60',
    ]);
    expect(said(org('settings:', '  market: { burstFrom: much }'))[0]).toMatch(/^weir.yaml:4:28: error: .*number/);
  });

  test('that turn one another round are refused, also where one stands with the segment', () => {
    expect(said(org('settings:', '  customer-health: { atRiskUnder: 60 }'))).toEqual([
      'weir.yaml:4:39: error: orgs.acme.settings.customer-health.atRiskUnder: atRiskUnder (60) must not be more than actUnder (55)',
    ]);
    const segment = ['segments:', '  starter:', '    settings:', '      customer-health: { watchUnder: 60 }'];
    expect(said(org('settings:', '  customer-health: { actUnder: 65 }', ...segment))).toEqual([
      'weir.yaml:8:42: error: orgs.acme.segments.starter.settings.customer-health.watchUnder: actUnder (65) must not be more than watchUnder (60)',
    ]);
    const above = ['segments:', '  starter:', '    settings:', '      customer-health: { actUnder: 75 }'];
    expect(said(org('settings:', '  customer-health: { watchUnder: 72 }', ...above))).toEqual([
      'weir.yaml:8:28: error: orgs.acme.segments.starter.settings.customer-health: actUnder (75) must not be more than watchUnder (72)',
    ]);
  });

  test('of an account in two segments, and of segments that differ in case alone, are refused', () => {
    expect(
      said(org('segments:', '  a: { accounts: [brightloom] }', '  b: { accounts: [northpeak, brightloom] }')),
    ).toEqual(['weir.yaml:5:34: error: orgs.acme.segments.b.accounts.1: is in the segment "a" already']);
    expect(said(org('segments:', '  Pro: {}', '  pro: {}'))).toEqual([
      'weir.yaml:5:12: error: orgs.acme.segments.pro: another segment is written "Pro" already',
    ]);
  });

  test('of an account that nothing can be about, as far as that can be told from the configuration, are warned of', () => {
    const found = said(
      org(
        'accounts: { brightloom: [domain:brightloom.io, "hubspot:company:55"] }',
        'segments:',
        '  big: { accounts: [brightloom, account:brightloom, brightlom, brightloom.io, "hubspot:company:55", northwind, other.io] }',
      ),
    );
    expect(found.map((line) => line.replace(/^.*orgs.acme.segments.big.accounts./, ''))).toEqual([
      '1: write "brightloom", without account:',
      '2: there is no account "brightlom" under accounts; did you mean "brightloom"?',
      '3: what comes of "brightloom.io" is about the account "brightloom"; write that',
      '4: what comes of "hubspot:company:55" is about the account "brightloom"; write that',
    ]);
    expect(found.every((line) => line.includes(': warning: '))).toBe(true);
  });

  test('an unknown key beside them is told as everywhere', () => {
    expect(said(org('segmentsBy: plan'))).toEqual([
      'weir.yaml:3:5: error: orgs.acme.segmentsBy: unknown key; did you mean "segmentBy"?',
    ]);
  });
});

test('the page of settings has all pipelines that come with weir', async () => {
  const { pipelines: loaded } = await loadPipelines(builtInPipelines);
  expect(pipelines.map(({ name }) => name)).toEqual(loaded.map(({ pipeline }) => pipeline.name));
});

test('names of weights end so, and no others do: a difference of scores goes by that', () => {
  for (const { name, settings } of pipelines) {
    for (const setting of Object.keys(settings?.shape ?? {})) {
      expect(setting.endsWith('Weight'), `${name}.${setting}`).toBe(/weight/i.test(setting));
    }
  }
});
