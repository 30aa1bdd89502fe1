import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate/generate.ts';
import { createDaemon } from '../support/daemon.ts';
import { newFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';

const { company } = simulate({ seed: '7', scenario: 'calm', count: 100, end: Date.UTC(2026, 5, 30) });
const dir = newFolder();

/** In TypeScript, as one writes it beside a weir that is installed; a folder of its own, without a package. */
const counting = `
type Count = { readonly output: 'score'; readonly name: string; readonly value: number };

export default {
  name: 'counting',
  version: 1,
  description: 'counts what comes',
  streams: ['custom'],
  scores: [],
  makes: ['events_seen'],
  models: [],
  lateness: '0s',
  run: (input: unknown, state: any) =>
    state.keyed('seen', {
      initial: 0,
      ttl: '1d',
      on: (seen: number) => ({ state: seen + 1, emit: [countOf(seen + 1)] }),
    })(input),
};

const countOf = (value: number): Count & Record<string, unknown> => ({
  output: 'score',
  name: 'events_seen',
  subject: null,
  value,
  confidence: 1,
  contributions: [{ name: 'events', value, weight: 1, eventId: '', quote: null }],
});
`;

test('pipelines of a folder of one’s own, in TypeScript, score what comes', async () => {
  const pipelines = join(dir, 'pipelines');
  mkdirSync(pipelines);
  writeFileSync(join(pipelines, 'counting.ts'), counting);
  const daemon = await createDaemon({ company, dir, config: { pipelines, orgs: { acme: {} } } });
  await daemon.start();
  const event = {
    specversion: '1.0',
    id: 'one',
    source: 'https://crm.example',
    type: 'note.made',
    entity: 'account:a',
    data: {},
  };
  const answer = await fetch(`${daemon.url}/events/acme`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(202);
  await until('the event is scored', async () => {
    const made = await daemon.metrics();
    return (made.get('weir_pipeline_outputs_total{pipeline="counting",output="score"}') ?? 0) > 0;
  });
  expect(await daemon.stop()).toBe(0);
});
