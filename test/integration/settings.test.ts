import { expect, test } from 'vitest';
import { differenceSchema, explanationSchema } from '../../schemas/score.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { run } from '../cli/support.ts';
import { createDaemon, type Daemon } from '../support/daemon.ts';
import { newFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';

const { company } = simulate({ seed: '7', scenario: 'all', count: 3_000, end: Date.UTC(2026, 5, 30) });
const dir = newFolder();

type OrgInput = NonNullable<ConfigInput['orgs']>[string];

/** A daemon of acme's over what the one before it left. */
async function daemonWith(acme: OrgInput): Promise<Daemon> {
  const daemon = await createDaemon({ company, dir, config: { orgs: { acme } } });
  await daemon.start();
  return daemon;
}

/** What the CRM tells of a deal, minutes after it began; of the company where `kind` says so. */
async function told({ url }: Daemon, minutes: number, name: string, value: string, kind = 'deal'): Promise<void> {
  const event = {
    specversion: '1.0',
    id: `${minutes} ${name}`,
    source: 'https://crm.example',
    type: `hubspot.${kind}.propertyChange`,
    time: new Date(Date.UTC(2026, 2, 2, 10, minutes)).toISOString(),
    entity: 'account:brightloom',
    data: { objectId: 900, propertyName: name, propertyValue: value },
  };
  const answer = await fetch(`${url}/events/acme`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(202);
}

/** The deal's risk as it is now, once it is that of so many minutes. */
async function riskAt({ url }: Daemon, minutes: number) {
  const which = ['explain', '--entity', 'account:brightloom', '--name', 'deal_risk', '--json', '--url', url];
  let found = '';
  await until('the deal is scored', async () => {
    const { code, out } = await run(which);
    found = out;
    return code === 0 && new Date(explanationSchema.parse(JSON.parse(out)).time).getUTCMinutes() === minutes;
  });
  return explanationSchema.parse(JSON.parse(found));
}

test('what is set holds from the next start on, for the segment that the CRM names; the difference tells it from events', async () => {
  const shipped = await daemonWith({});
  await told(shipped, 0, 'dealstage', 'presentationscheduled');
  await told(shipped, 10, 'hs_next_step', 'Call');
  const before = await riskAt(shipped, 0);
  expect(before).toMatchObject({ value: 0.25 * (1 - 0.6) });
  expect(before).not.toHaveProperty('settings');
  await shipped.stop();

  const tuned = await daemonWith({
    settings: { hubspot: { stageWeight: 0.5, riskFrom: 0.6 } },
    segmentBy: 'plan',
    segments: { enterprise: { settings: { hubspot: { stageWeight: 0.75 } } } },
  });
  await told(tuned, 20, 'plan', 'Enterprise', 'company');
  await told(tuned, 30, 'hs_next_step', 'Call again');
  const ofAll = await riskAt(tuned, 10);
  expect(ofAll.settings).toEqual({ version: 1, segment: null, values: { stageWeight: 0.5, riskFrom: 0.6 } });
  await told(tuned, 40, 'hs_next_step', 'Call once more');
  const ofSegment = await riskAt(tuned, 30);
  expect(ofSegment.settings).toMatchObject({ segment: 'enterprise', values: { stageWeight: 0.75, riskFrom: 0.6 } });

  const question = "SELECT by, target FROM audit WHERE action = 'settings.change'";
  await until('the audit has the change', async () => {
    const { out } = await run(['query', question, '--json', '--url', tuned.url]);
    return out === '{"by":"configuration","target":"version 1"}\n';
  });

  const { out } = await run(['explain', ofSegment.id, '--from', before.id, '--json', '--url', tuned.url]);
  const { settings, changes } = differenceSchema.parse(JSON.parse(out));
  expect(settings).toEqual([
    { name: 'riskFrom', from: null, to: 0.6 },
    { name: 'stageWeight', from: null, to: 0.75 },
  ]);
  expect(changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['reweighed stage']);
  await tuned.stop();
}, 120_000);
