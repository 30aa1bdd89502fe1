import type { AlertObservation } from '../core/alert.ts';
import type { Score } from '../core/score.ts';
import type { Example } from '../core/model.ts';
import type { TaskRequest } from '../core/commit.ts';
import type { Case, ExpectedAlert, ExpectedExample, ExpectedScore, ExpectedTask } from './cases.ts';
import type { Outputs } from './outputs.ts';

/** What a case expects and did not get, a sentence each; empty when all is as expected. */
export function differences(expected: Case['expect'], outputs: Outputs): readonly string[] {
  return [
    ...outputs.dead.map((dead) => `failed on ${dead.eventId}: ${dead.detail}`),
    ...(expected.scores ?? [])
      .filter((wanted) => !outputs.scores.some((score) => fitsScore(wanted, score)))
      .map((wanted) => `no score ${JSON.stringify(wanted)}; of that name: ${valuesOf(wanted.name, outputs.scores)}`),
    ...alertDifferences(expected.alerts, outputs.alertObservations),
    ...exampleDifferences(expected.examples, outputs.examples),
    ...taskDifferences(expected.tasks, outputs.tasks),
    ...(expected.insights ?? [])
      .filter((wanted) => !outputs.insights.some((insight) => partOf({ ...wanted, name: undefined }, insight)))
      .map(
        (wanted) => `no insight ${JSON.stringify(wanted)}; got ${JSON.stringify(outputs.insights.map((i) => i.title))}`,
      ),
  ];
}

function fitsScore(wanted: ExpectedScore, score: Score): boolean {
  const { value, ...rest } = wanted;
  if (!partOf(rest, score)) return false;
  if (value === undefined) return true;
  if (typeof value === 'number') return Math.abs(value - score.value) < 1e-9;
  return score.value >= (value.min ?? -Infinity) && score.value <= (value.max ?? Infinity);
}

function valuesOf(name: string, scores: readonly Score[]): string {
  const values = scores.filter((score) => score.name === name).map((score) => score.value.toFixed(3));
  return values.length === 0 ? 'none' : values.join(', ');
}

function alertDifferences(
  expected: readonly ExpectedAlert[] | undefined,
  got: readonly AlertObservation[],
): readonly string[] {
  if (!expected) return [];
  const seen = got.map((observation) => ({
    rule: observation.rule,
    change: observation.kind,
    entity: observation.entity,
    fingerprint: observation.fingerprint,
    ...(observation.kind === 'raised' && { severity: observation.content.severity, kind: observation.content.kind }),
  }));
  const same = expected.length === seen.length && expected.every((wanted, index) => partOf(wanted, seen[index]));
  return same ? [] : [`alerts: expected ${JSON.stringify(expected)}, got ${JSON.stringify(seen)}`];
}

function exampleDifferences(expected: readonly ExpectedExample[] | undefined, got: readonly Example[]): string[] {
  if (!expected) return [];
  const fits = ({ model, example, subject }: ExpectedExample, told: Example | undefined): boolean =>
    told?.model === model &&
    (subject === undefined || told.subject === subject) &&
    typeof told.example === 'object' &&
    partOf(example, told.example ?? undefined);
  const same = expected.length === got.length && expected.every((wanted, index) => fits(wanted, got[index]));
  return same ? [] : [`examples: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`];
}

function taskDifferences(expected: readonly ExpectedTask[] | undefined, got: readonly TaskRequest[]): string[] {
  if (!expected) return [];
  const same = expected.length === got.length && expected.every((wanted, index) => partOf(wanted, got[index]));
  const seen = got.map(({ rule, entity }) => ({ rule, entity }));
  return same ? [] : [`tasks: expected ${JSON.stringify(expected)}, got ${JSON.stringify(seen)}`];
}

/** Whether every field that is given in `part` is the same in `whole`. */
function partOf(part: object, whole: object | undefined): boolean {
  if (!whole) return false;
  const found = new Map(Object.entries(whole));
  return Object.entries(part).every(([key, value]) => value === undefined || found.get(key) === value);
}
