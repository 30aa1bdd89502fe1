import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { differenceSchema, explanationSchema } from '../../schemas/score.ts';
import type { Explanation, Reason } from '../../src/explain/explanation.ts';
import { builtInPipelines, loadPipelines } from '../../src/pipeline/load.ts';
import { plainText } from '../../src/scoring/text.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { run } from '../cli/support.ts';
import { createStage, untilIdle, withoutRuns, type Stage } from '../support/stage.ts';

/** So many scores of each name are explained, spread over all there are. */
const explainedOfEach = 6;

let stage: Stage;
let org: string;
beforeAll(async () => {
  const simulation = simulate({ seed: '7', scenario: 'all', count: 6_000, end: Date.UTC(2026, 5, 30) });
  ({ org } = simulation.company);
  stage = await createStage({ log: 'embedded', company: simulation.company, config: withoutRuns });
  await stage.daemon.start();
  await stage.play(simulation);
  await untilIdle(stage.daemon);
}, 180_000);
afterAll(() => stage.dispose());

/** The output of `weir`, which has to end well. */
async function weir(...argv: readonly string[]): Promise<string> {
  const { code, out, err } = await run([...argv, '--org', org, '--url', stage.daemon.url]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

async function rows<T extends z.ZodType>(row: T, sql: string): Promise<readonly z.output<T>[]> {
  const out = await weir('query', sql, '--json');
  return out.split('\n').flatMap((line) => (line === '' ? [] : [row.parse(JSON.parse(line))]));
}

const nameRow = z.object({ name: z.string(), ids: z.array(z.string()) });

/**
 * Of these some take months to be told, some need transcripts, metrics with a limit or reports of fraud, which the simulation has
 * none of.
 */
const beyondTheStretch = new Set([
  'call_part_tone',
  'engagement_change',
  'level_change',
  'limit_crossing',
  'revenue_forecast',
  'speaker_tone',
  'transaction_risk',
]);

describe('with the pipelines that come with weir', () => {
  test('every score is, to the last digit, the sum of its reasons, as anybody can ask ClickHouse', async () => {
    const sums = await rows(
      z.object({ scores: z.number(), exact: z.number(), unexplained: z.number() }),
      `SELECT toUInt32(count()) AS scores, toUInt32(countIf(empty(contributions))) AS unexplained,
        toUInt32(countIf(arraySum(r -> r.weight * r.value, contributions) = value)) AS exact FROM scores`,
    );
    const [all] = sums;
    expect(all?.scores).toBeGreaterThan(3_000);
    expect(all).toEqual({ scores: all?.scores, exact: all?.scores, unexplained: 0 });
  });

  test('a score of each kind is explained: exact, each reason with its event, quoted as it stands there', async () => {
    const { pipelines } = await loadPipelines(builtInPipelines);
    const made = await rows(
      nameRow,
      `SELECT name, groupArraySample(${explainedOfEach}, 1)(id) AS ids FROM scores GROUP BY name ORDER BY name`,
    );
    const names = pipelines.flatMap(({ pipeline }) => pipeline.makes).filter((name) => !beyondTheStretch.has(name));
    expect(made.map(({ name }) => name).filter((name) => !beyondTheStretch.has(name))).toEqual(names.toSorted());
    for (const { name, ids } of made) {
      const explanations: Explanation[] = [];
      for (const id of ids) explanations.push(explanationSchema.parse(JSON.parse(await weir('explain', id, '--json'))));
      for (const explanation of explanations) expectExplained(explanation);
      if (textScores.has(name)) await expectVerbatim(explanations);
      expect(await weir('explain', ids[0] ?? ''), name).toContain('the value, to the last digit.');
    }
  }, 120_000);

  test('what became of a customer is told from one moment to another, down to the events', async () => {
    const [worst] = await rows(
      z.object({ entity: z.string(), best: z.string(), since: z.string(), last: z.string() }),
      `SELECT entity, argMax(id, (value, id)) AS best, formatDateTime(argMax(time, (value, id)), '%FT%T.%fZ') AS since,
        argMax(id, (time, storedAt, ordinal)) AS last FROM scores
        WHERE name = 'customer_health' GROUP BY entity ORDER BY max(value) - argMax(value, (time, storedAt, ordinal)) DESC LIMIT 1`,
    );
    const which = ['--entity', worst?.entity ?? '', '--name', 'customer_health'];
    const now = explanationSchema.parse(JSON.parse(await weir('explain', ...which, '--json')));
    expect(now.id).toBe(worst?.last);
    const told = await weir('explain', ...which, '--from', worst?.best ?? '', '--json');
    const { from, to, difference, changes, rounding } = differenceSchema.parse(JSON.parse(told));
    expect([from.id, to.id]).toEqual([worst?.best, worst?.last]);
    expect(difference).toBeLessThan(-30);
    expect([...changes.map(({ change }) => change), ...rounding].reduce((sum, change) => sum + change, 0)).toBe(
      to.value - from.value,
    );
    for (const { event, eventId } of changes) expect(event?.id).toBe(eventId);
    const then = JSON.parse(await weir('explain', ...which, '--at', worst?.since ?? '', '--json'));
    expect(explanationSchema.parse(then).time).toBe(from.time);
  });
});

function expectExplained({ name, value, sum, exact, contributions }: Explanation): void {
  expect({ name, sum, exact }).toEqual({ name, sum: value, exact: true });
  const inPlace = contributions.toSorted((a, b) => a.place - b.place);
  expect(inPlace.reduce((total, { weight, value }) => total + weight * value, 0)).toBe(value);
  for (const { eventId, event } of contributions) expect([name, event?.id]).toEqual([name, eventId]);
}

/** Scores of what people wrote or said. */
const textScores: ReadonlySet<string> = new Set([
  'call_sentiment',
  'conversation_sentiment',
  'competitor_mentions',
  'deal_tone',
  'news_impact',
  'urgency',
]);

/** Reasons that count what was seen, and say how much that was. */
const counting: ReadonlySet<string> = new Set(['unanswered', 'further words', 'limit', 'goes first', 'promised time']);

async function expectVerbatim(explanations: readonly Explanation[]): Promise<void> {
  const reasons = explanations.flatMap(({ contributions }) => contributions);
  const quoted = reasons.filter(({ name, quote }) => quote !== null && !counting.has(name));
  const ids = [...new Set(quoted.map(({ eventId }) => `'${eventId}'`))];
  const events = await rows(
    z.object({ id: z.string(), data: z.string() }),
    `SELECT id, data FROM events WHERE id IN (${ids.join(',')})`,
  );
  const texts = new Map(events.map(({ id, data }) => [id, textsIn(JSON.parse(data)).join('\n')]));
  expect(quoted.filter((reason) => !standsIn(reason, texts.get(reason.eventId) ?? ''))).toEqual([]);
}

/** A quote that was cut ends with an ellipsis. */
function standsIn({ quote }: Reason, text: string): boolean {
  return text.includes((quote ?? '').replace(/…$/, ''));
}

/** Every text of a payload, as its readers see it. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [plainText(value, 10_000)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
