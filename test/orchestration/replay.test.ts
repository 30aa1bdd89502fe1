import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/orchestration/decide.ts';
import { decodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { factOf, fold, noRun } from '../../src/orchestration/fold.ts';
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
