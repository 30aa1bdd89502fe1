import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowAutomation } from '../../src/agents/workflow-automation.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Random } from '../../src/simulate/random.ts';
import { expectSameLater } from './operations/later.ts';
import { dayMs, happened, hourMs, now, rfc } from './operations/telemetry.ts';
import { eachCompany } from './support/companies.ts';
import { type Lab, openLab } from './support/lab.ts';
import { createTally } from './support/tally.ts';

let lab: Lab;
beforeAll(async () => void (lab = await openLab()));
afterAll(() => lab.close());

const companies = 10;
const run = (skill: string, org: string, input: JsonObject = {}) =>
  lab.run({ agent: workflowAutomation, org, skill, asOf: rfc(now), input });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company);

/** A step and the hours until it. */
type Step = readonly [activity: string, hours: number, actor?: string];

let things = 0;
function workOf(org: string, process: string, start: number, steps: readonly Step[]): StreamEvent[] {
  things += 1;
  let at = start;
  return steps.map(([activity, hours, actor = 'person']) => {
    at += hours * hourMs;
    return happened(org, 'account:a', `${process}.${activity}`, at, { actor }, { subject: `${process}-${things}` });
  });
}
const about = (random: Random, hours: number) => hours * Math.exp(random.normal(0, 0.3));
const begun = (random: Random, fromDays = 15, toDays = 85) =>
  now - (fromDays + random.next() * (toDays - fromDays)) * dayMs;
const manyOf = (count: number, make: () => StreamEvent[]) => Array.from({ length: count }, make).flat();

describe('workflow-automation', () => {
  it('says which processes became slower, what is done again in them, and where cases stop', async () => {
    const tally = createTally('workflow-automation efficiency');
    await each('efficiency', async (random, org) => {
      const steady = (process: string, slower = 1, count = 45) =>
        manyOf(count, () => {
          const start = begun(random);
          const times = start > now - 52 * dayMs ? slower : 1;
          return workOf(org, process, start, [
            ['opened', 0],
            ['checked', about(random, 10) * times],
            ['closed', about(random, 5) * times],
          ]);
        });
      const reworked = manyOf(60, () =>
        workOf(org, 'invoice', begun(random), [
          ['drafted', 0],
          ['reviewed', about(random, 8)],
          ...(random.chance(0.35)
            ? ([
                ['drafted', about(random, 8)],
                ['reviewed', about(random, 8)],
              ] as const)
            : []),
          ['sent', about(random, 4)],
        ]),
      );
      const stopping = manyOf(60, () =>
        workOf(org, 'quote', begun(random), [
          ['asked', 0],
          ['offered', about(random, 6)],
          ...(random.chance(0.45) ? [] : [['signed', about(random, 20)] as const]),
        ]),
      );
      await lab.store({ events: [...steady('ticket', 2), ...steady('refund'), ...reworked, ...stopping] });
      const { insights } = await run('efficiency', org);
      tally.count(
        ['ticket has become slower', 'invoice do again', 'quote stop after "offered"'],
        insights.map(({ title }) => title.replace(/^\d+ % of /, '').replace(/do .* again/, 'do again')),
      );
    });
    tally.expectAtLeast(0.85);
  });

  it('finds steps by hand that nearly always come next', async () => {
    const tally = createTally('workflow-automation automation-candidates');
    await each('candidates', async (random, org) => {
      await lab.store({ events: orders(org, random) });
      const { insights } = await run('automation-candidates', org);
      tally.count(
        ['In order, "filed" could be automated'],
        insights.map(({ title }) => title),
      );
      expect(insights[0]?.action.expectedValue).toBeNull();
    });
    tally.expectAtLeast(0.95);
  });

  it('finds the step that a process waits for', async () => {
    const tally = createTally('workflow-automation bottlenecks');
    await each('bottlenecks', async (random, org) => {
      const steps = ['asked', 'checked', 'approved', 'ordered', 'paid'];
      const slow = random.int(1, 4);
      const events = manyOf(60, () =>
        workOf(
          org,
          'purchase',
          begun(random),
          steps.map((step, index) => [step, index === 0 ? 0 : about(random, index === slow ? 40 : 6)]),
        ),
      );
      const even = manyOf(60, () =>
        workOf(
          org,
          'leave',
          begun(random),
          steps.map((step, index) => [step, index === 0 ? 0 : about(random, 6)]),
        ),
      );
      await lab.store({ events: [...events, ...even] });
      const { insights } = await run('bottlenecks', org);
      tally.count(
        [`purchase waits for "${steps[slow]}" after "${steps[slow - 1]}"`],
        insights.map(({ title }) => title),
      );
    });
    tally.expectAtLeast(0.95);
  });

  it('plans what pays back, and what it pays, by the costs it is told', async () => {
    const tally = createTally('workflow-automation automation-plan');
    await each('plan', async (random, org) => {
      await lab.store({
        events: [
          ...orders(org, random),
          ...manyOf(24, () =>
            workOf(org, 'visa', begun(random), [
              ['asked', 0],
              ['copied', 5],
            ]),
          ),
        ],
      });
      const { insights } = await run('automation-plan', org, {
        hourlyCost: 60,
        minutesPerStep: 15,
        buildHours: 40,
        currency: 'EUR',
      });
      tally.count(
        ['1. Automate "filed" of order'],
        insights.map(({ title }) => title),
      );
      // 120 orders in 90 days, a quarter of an hour each, a tenth by hand.
      const expected = ((120 * 365) / 90) * 0.25 * 60 * 0.9;
      const [first] = insights;
      expect(Math.abs((first?.action.expectedValue ?? 0) - expected) / expected).toBeLessThan(0.1);
      expect(first?.effect.value).toBeCloseTo((12 * 40 * 60) / (first?.action.expectedValue ?? 1), 0);
    });
    tally.expectAtLeast(0.95);
  });

  /** `filed` always comes by hand after `received`; a machine confirms it; what comes then is up to people. */
  const orders = (org: string, random: Random) =>
    manyOf(120, () =>
      workOf(org, 'order', begun(random, 5, 85), [
        ['received', 0],
        ['filed', about(random, 3)],
        ['confirmed', 0.2, 'bot'],
        [random.pick(['shipped', 'called', 'split']), about(random, 9)],
      ]),
    );

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, workflowAutomation, {
      efficiency: 'efficiency-1',
      'automation-candidates': 'candidates-1',
      bottlenecks: 'bottlenecks-1',
      'automation-plan': 'plan-1',
    }));

  it('abstains while too little is known', async () => {
    await lab.store({
      events: workOf('thin', 'order', now - 20 * dayMs, [
        ['received', 0],
        ['filed', 2],
      ]),
    });
    for (const { id } of workflowAutomation.card.skills) {
      expect(await run(id, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
  });
});
