import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/orchestration/decide.ts';
import { decodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { factOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { replayed } from '../../src/orchestration/replay.ts';
import { aDecider } from './support/reference.ts';

/** Runs as released versions wrote them: an entry a line. A line is never changed; a version that writes others adds a file. */
const folder = new URL('runs/', import.meta.url).pathname;
const decided: ReadonlySet<Fact['fact']> = new Set([
  'plan-decided',
  'adapted',
  'step-scheduled',
  'step-gathered',
  'step-degraded',
  'step-skipped',
  'step-given-up',
  'compensating',
  'handed-over',
  'result-synthesised',
  'run-ended',
]);

const stored = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line, index) => [decodeEntry(Buffer.from(line)), index + 1] as const);

describe('a replay', () => {
  test.each(readdirSync(folder))('of %s gives the same state and the same decisions, and asks nobody', (name) => {
    const { same, decisions, differences } = replayed(stored(name));
    expect({ same, differences }).toEqual({ same: true, differences: [] });
    expect(decisions).toBeGreaterThan(2);
  });

  test.each(readdirSync(folder))('of %s says where something was recorded that does not follow', (name) => {
    const entries = stored(name);
    const end = entries.findIndex(([{ facts }]) => facts.some(({ fact }) => fact === 'step-scheduled'));
    const changed = entries.map(([entry, sequence], index) => {
      if (index !== end) return [entry, sequence] as const;
      const facts = entry.facts.map((fact) => (fact.fact === 'step-scheduled' ? { ...fact, delayMs: 77 } : fact));
      return [{ ...entry, facts }, sequence] as const;
    });
    const { same, differences } = replayed(changed);
    expect(same).toBe(false);
    expect(differences[0]?.entry).toBe(end + 1);
    expect(differences[0]?.recorded).toEqual(differences[0]?.decided);
  });
});

describe('a stored run', () => {
  test.each(readdirSync(folder))('%s is read, decided again as it was, and ends as it did', (name) => {
    const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    let run = noRun;
    for (const [index, line] of lines.entries()) {
      const entry = decodeEntry(Buffer.from(line));
      const plan =
        entry.facts.find((fact) => fact.fact === 'plan-decided')?.plan ?? factOf(run, 'plan-decided')?.fact.plan;
      const isDecision = entry.facts.every(({ fact }) => decided.has(fact));
      if (isDecision && plan) expect(decide(run, aDecider(plan))).toEqual(entry.facts);
      run = fold(run, entry, index + 1);
    }
    expect(factOf(run, 'run-ended')?.fact.outcome).toBe(/-(\w+)\.jsonl$/.exec(name)?.[1]);
  });
});
