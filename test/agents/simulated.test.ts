import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customerIntelligence } from '../../src/agents/customer-intelligence.ts';
import { financialAnalysis } from '../../src/agents/financial-analysis.ts';
import { insight } from '../../src/agents/insight.ts';
import { marketResearch } from '../../src/agents/market-research.ts';
import { monitor } from '../../src/agents/monitor.ts';
import { salesOptimisation } from '../../src/agents/sales-optimisation.ts';
import { rfc3339Of } from '../../src/core/time.ts';
import type { Simulation } from '../../src/simulate/generate.ts';
import { archivedOf } from '../simulate/through-pipelines.ts';
import { aSimulation, end } from '../simulate/simulations.ts';
import { openLab, type Lab } from './support/lab.ts';

let lab: Lab;
const simulations = new Map<string, Simulation>();
beforeAll(async () => {
  lab = await openLab();
  for (const seed of ['7', 'autumn']) {
    const simulation = aSimulation({ seed, org: `simulated-${seed}` });
    simulations.set(simulation.company.org, simulation);
    const { events, scores } = await archivedOf(simulation);
    // The connectors of the simulation all write to one organisation.
    const ofIts = <T extends object>(one: T) => ({ ...one, org: simulation.company.org });
    await lab.store({ events: events.map(ofIts), scores: scores.map(ofIts) });
  }
});
afterAll(() => lab.close());

/** The customer of whom the story of churn is told. */
const soursIn = (org: string): string =>
  simulations.get(org)?.expected.find(({ story }) => story === 'churn')?.entity ?? 'nobody';

const asOf = rfc3339Of(end);

describe.each(['simulated-7', 'simulated-autumn'])(
  'four weeks of a company, its events as the connectors send them: %s',
  (org) => {
    it('the customer who sours is the first of those likely to leave', async () => {
      const { insights } = await lab.run({ agent: customerIntelligence, org, skill: 'churn', asOf });
      expect(insights[0]?.entity).toBe(soursIn(org));
    });

    it('the customer who sours is among the first three whose health is low', async () => {
      const { insights } = await lab.run({ agent: customerIntelligence, org, skill: 'health', asOf });
      expect(insights.slice(0, 3).map(({ entity }) => entity)).toContain(soursIn(org));
    });

    it.each([
      [
        'a deal that goes cold',
        salesOptimisation,
        'pipeline',
        'cold-deal',
        /^Deal \d+ with .* goes cold: nothing for \d+ days, put off/,
      ],
      ['payments that fail', financialAnalysis, 'kpis', 'payment-failures', /^Payments of .* fail: .*last attempt/],
      [
        'a payment far above the usual',
        financialAnalysis,
        'kpis',
        'large-payment',
        /larger than usual “.* usually .*”$/,
      ],
      ['a dispute', financialAnalysis, 'kpis', 'dispute', /disputes a payment: disputed “.*USD, fraudulent”/],
    ])('%s is the first that is said of the customer, and nothing of another', async (_, agent, skill, story, says) => {
      const cause = simulations.get(org)?.causes.find((each) => each.story === story);
      const { entity = 'nobody', to = end } = cause ?? {};
      const { insights } = await lab.run({ agent, org, skill, entity, asOf: rfc3339Of(to) });
      expect(insights[0]?.title).toMatch(says);
      expect(new Set(insights.map((each) => each.entity))).toEqual(new Set([entity]));
    });

    it('a customer whose money comes as usual has nothing unusual told of it', async () => {
      const calm = simulations.get(org)?.causes.find(({ story }) => story === 'dispute');
      const before = rfc3339Of((calm?.from ?? end) - 1_000);
      const { insights } = await lab.run({
        agent: financialAnalysis,
        org,
        skill: 'kpis',
        entity: calm?.entity ?? '',
        asOf: before,
      });
      expect(insights).toEqual([]);
    });

    it.each([monitor, insight])(
      'a service that was out is all that is odd, whichever of two agents looks: %#',
      async (agent) => {
        const outage = simulations.get(org)?.causes.find(({ story }) => story === 'outage');
        const at = rfc3339Of((outage?.from ?? end) + 3 * 3_600_000);
        const { insights } = await lab.run({ agent, org, skill: 'anomalies', asOf: at });
        expect(insights[0]?.title).toMatch(outage?.says ?? 'nothing');
        expect(new Set(insights.map(({ entity }) => entity))).toEqual(new Set([outage?.entity]));
      },
    );

    it('the competitor who launches is among the first three on the move, at the end of the launch', async () => {
      const launch = simulations.get(org)?.expected.find(({ story }) => story === 'competitor-launch');
      const { insights } = await lab.run({
        agent: marketResearch,
        org,
        skill: 'competitors',
        asOf: rfc3339Of(launch?.to ?? end),
      });
      expect(insights.slice(0, 3).map(({ entity }) => entity)).toContain(launch?.entity);
    });
  },
);
