import { z } from 'zod';
import customerHealth from '../../pipelines/customer-health.ts';
import engagement from '../../pipelines/engagement.ts';
import feedback from '../../pipelines/feedback.ts';
import finance from '../../pipelines/finance.ts';
import gong from '../../pipelines/gong.ts';
import hubspot from '../../pipelines/hubspot.ts';
import intercom from '../../pipelines/intercom.ts';
import market from '../../pipelines/market.ts';
import metrics from '../../pipelines/metrics.ts';
import revenue from '../../pipelines/revenue.ts';
import type { Setting } from '../../src/pipeline/define-settings.ts';
import type { Pipeline } from '../../src/pipeline/define.ts';

/** All that come with weir; a test holds the list to the folder. */
export const pipelines: readonly Pipeline[] = [
  customerHealth,
  engagement,
  feedback,
  finance,
  gong,
  hubspot,
  intercom,
  market,
  metrics,
  revenue,
];

/** `docs/settings.md`: what may be set, written from where the pipelines declare it. */
export function settingsPage(): string {
  return `# Weights and thresholds

What weir comes with suits many and not everybody. An organisation can set the weights and thresholds below for all of its customers, and
others for segments of them, in the [configuration](configuration.md):

\`\`\`yaml
${example}\`\`\`

\`weir check\` and \`weir start\` refuse a name that there is not, a value out of its range, and thresholds that turn one another round, each
with file and line; they warn of accounts in a segment that no event can be about, as far as the configuration tells. What is not set stays as shipped.

## Which segment a customer is in

1. The one whose \`accounts\` name it: \`brightloom\` is \`account:brightloom\`.
2. Else the one that the CRM names: \`segmentBy\` says which property of a company that is (\`plan\`, \`tier\`, a property of your own), and weir goes by
   HubSpot's \`company.propertyChange\`, as of the time of the event at hand. HubSpot tells changes alone: a property that has not changed
   since \`segmentBy\` was set, or since the customer was forgotten (90 days without an event), is not known; name such accounts.
3. Else none, and what the organisation has set holds.

A segment has, setting by setting, what is set for it, else what is set for the organisation, else what is shipped.

## When a change holds, and how it shows

A start that finds other settings than those in force puts them on the log, as the organisation's next version (\`weir.settings.<org>\`). They hold
for every event that comes after that place in the log, and for none before it: a replay of the log gives the same scores, whatever the
configuration says by then. Before it tells them, the daemon makes sure that no other commits any more: of two on one log with different settings the one that is
[fenced](errors.md) has told nothing. An alert that is open is judged by them at its next event.

A score that was made under settings says so: \`settings\` holds their version, the segment, and what was set of its pipeline. \`weir explain\` shows it; a
[difference](scores.md) lists what was set anew between two scores, and tells a reason that weighs differently for that alone (\`reweighed\`) from what an event changed.
In ClickHouse:

\`\`\`sql
SELECT settings.version, settings.segment, count(), avg(value) FROM scores WHERE name = 'customer_health' GROUP BY ALL
\`\`\`

## What may be set

${pipelines.flatMap(section).join('\n')}
## In a pipeline of your own

Declared once beside the pipeline, with range, default, unit and what it is for; names of weights end in \`Weight\`:

\`\`\`ts
const settings = settingsOf({
  toCall: setting({ default: 2, min: 1, max: 20, unit: 'requests', about: 'So many within 30 days raise \`refunds-asked\`' }),
});

export default definePipeline({
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    return input.pipe(counted(…), filter(tuned(({ toCall }, { count }: Counted<Input>) => count >= toCall)), …);
  },
});
\`\`\`

\`tunedBy\` gives a function, first, the settings that hold for the entity of the input at hand; \`tunedScorer\` does so for a scorer; \`state.tuned(settings)\` is
what they are made of.
`;
}

/** A test reads it. */
export const example = `orgs:
  acme:
    settings:
      finance:
        largeDispute: 20000
      customer-health:
        supportWeight: 40
        sentimentWeight: 5
    segmentBy: plan
    segments:
      enterprise:
        accounts: [brightloom]
        settings:
          customer-health: { atRiskUnder: 50, actUnder: 65, watchUnder: 80 }
          intercom: { unansweredAfterHours: 4 }
`;

function section({ name, settings }: Pipeline): readonly string[] {
  if (!settings) return [];
  const rows = Object.entries(settings.shape).map(row);
  return [
    `### ${name}`,
    '',
    '| setting | default | from | to | unit | meaning |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
}

function row([name, type]: readonly [string, Setting]): string {
  const { minValue, maxValue } = type.unwrap();
  const { unit, description } = z.globalRegistry.get(type) ?? {};
  return `| \`${name}\` | ${type.def.defaultValue} | ${minValue} | ${maxValue} | ${unit === '1' ? '' : String(unit)} | ${description} |`;
}
