import { expect, test } from 'vitest';
import { sumOf, type Score } from '../../src/core/score.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { builtInPipelines, loadPipelines, type Loaded } from '../../src/pipeline/load.ts';
import { recordsOf } from '../../src/pipeline/permute.ts';
import { createState } from '../../src/pipeline/state.ts';

const { pipelines } = await loadPipelines(builtInPipelines);

/** It takes reports of fraud that were learned from: `learning.test.ts`. */
const takesReports = 'transaction_risk';

test('of each kind of score that pipelines make, the reasons are the value, to the last digit, each with its event', () => {
  const made = pipelines.flatMap(scoresOf);
  const kinds = pipelines.flatMap(({ pipeline }) => pipeline.makes).filter((name) => name !== takesReports);
  expect([...new Set(made.map(({ score }) => score.name))].toSorted()).toEqual(kinds.toSorted());
  for (const { score, seen } of made) {
    const { name, value, contributions } = score;
    expect({ name, sum: sumOf(contributions) }).toEqual({ name, sum: value });
    expect(contributions.length, name).toBeGreaterThan(0);
    for (const { eventId } of contributions) expect(seen, `${name}: ${eventId}`).toContain(eventId);
  }
});

/** What its cases make of what they are given, each with the ids of that. */
function scoresOf({
  pipeline,
  cases,
}: Loaded): readonly { readonly score: Score; readonly seen: ReadonlySet<string> }[] {
  return cases.flatMap(({ given }) => {
    const engine = createEngine([pipeline], createState(), { scoresFrom: 'outside' });
    const seen = new Set<string>();
    for (const { sequence, given: record } of recordsOf(given)) {
      if (record.kind === 'event') {
        seen.add(record.event.id);
        engine.event(record.event, sequence);
      } else if (record.kind === 'score') {
        seen.add(record.score.id);
        for (const { eventId } of record.score.contributions) seen.add(eventId);
        engine.score(record.score, sequence);
      } else engine.timer(record.timer, sequence, Date.parse(record.timer.time));
    }
    return engine.take().scores.map((score) => ({ score, seen }));
  });
}
