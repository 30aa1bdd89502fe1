import { merge, share } from 'rxjs';
import { definePipeline, type ExampleDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { absent } from '../src/pipeline/operators/absent.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { judged } from '../src/pipeline/operators/judged.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy, tunedScorer } from '../src/pipeline/operators/tuned.ts';
import { dealModel, dealWaitingAfter, notSeen, type DealWaiting } from '../src/scoring/deal-outcome.ts';
import { createDealPropensity, dealFeatures } from '../src/scoring/deal-propensity.ts';
import { createDealRisk } from '../src/scoring/deal-risk.ts';
import { changesOf, followedDeals, type Changed } from './hubspot/changes.ts';
import { atStake, awaitedOf, coldInsight, lookInto, quietSince, standing, type Quiet } from './hubspot/insights.ts';
import { settings, type Tuned } from './hubspot/settings.ts';

/** Deals: what became of them, how likely they are lost, and which have gone quiet. */
export default definePipeline({
  name: 'hubspot',
  version: 6,
  description: 'Follows deals through the CRM: risk, chance to win, put-off closings, steps back, deals gone cold',
  streams: ['hubspot'],
  scores: ['deal_tone'],
  makes: ['deal_risk', 'deal_propensity'],
  models: [dealModel],
  settings,
  // HubSpot sends the properties saved together as separate events, in no order.
  lateness: '1m',
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const deals = input.pipe(
      each((input) => changesOf(input)),
      followedDeals(state),
      share(),
    );
    const risks = deals.pipe(
      scored(state, tunedScorer(state, settings, createDealRisk), {
        seen: (changed) => changed,
        subject: ({ id }) => id,
      }),
      share(),
    );
    const chances = deals.pipe(
      judged(state, dealModel, createDealPropensity, { seen: (changed) => changed, subject: ({ id }) => id }),
    );
    const outcomes = deals.pipe(
      state.keyed<Changed, DealWaiting, ExampleDraft>('outcome', {
        initial: notSeen,
        ttl: '180d',
        key: ({ id }) => id,
        on(before, changed) {
          const features = () => dealFeatures(changed.deal, changed.at, state.judging(dealModel).state.ages);
          const { waiting, closed } = dealWaitingAfter(before, changed, features);
          return {
            state: waiting,
            emit: closed ? [{ output: 'example', model: dealModel.name, example: closed, subject: changed.id }] : [],
          };
        },
      }),
    );
    const cold = deals.pipe(
      absent(state, 'activity', {
        awaiting: (changed) => (changed.deal.status === 'open' ? awaitedOf(changed) : undefined),
        ends: ({ deal }) => deal.status !== 'open',
        within: '14d',
        waitsMs: () => state.tuned(settings).coldAfterDays * dayMs,
        key: ({ id }) => id,
      }),
      share(),
    );
    return merge(
      risks,
      chances,
      outcomes,
      merge(cold, deals).pipe(alerted(state, 'deal-cold', { judge: judgeCold, about: dealOf })),
      deals.pipe(alerted(state, 'close-date-pushed', { judge: tuned(judgePushed), about: dealOf })),
      deals.pipe(alerted(state, 'stage-back', { judge: judgeBack, about: dealOf })),
      risks.pipe(
        alerted(state, 'deal-at-risk', {
          judge: tuned(judgeRisk),
          about: ({ subject }) => subject ?? '',
          repeatEvery: '7d',
        }),
      ),
      deals.pipe(each(tuned(atStake))),
      cold.pipe(each((quiet) => [coldInsight(quiet), lookInto(quiet)])),
    );
  },
});

const dayMs = 86_400_000;

type Judged = Changed | Quiet;

const dealOf = (judged: Judged): string => ('awaited' in judged ? judged.key : judged.id);

function judgeCold(judged: Judged, { entity }: { entity: string }) {
  if (!('awaited' in judged))
    return { clear: judged.deal.status === 'open' ? 'the deal moves again' : `the deal is ${judged.deal.status}` };
  const [, , saidBy] = judged.awaited;
  return {
    raise: dealAlert(
      `Deal with ${nameOf(entity)} has gone cold`,
      'warning',
      [told(quietSince(judged), saidBy ?? judged.eventId)],
      ['Call the buyer, or somebody else there', 'Set a next step with a date, or close the deal as lost'],
    ),
  };
}

function judgePushed(
  { putOffDays, putOffWarnDays }: Tuned,
  { id, before, deal, eventId }: Changed,
  { entity }: { entity: string },
) {
  if (deal.status !== 'open') return { clear: `the deal is ${deal.status}` };
  if (!before || deal.pushes === before.pushes) return undefined;
  // A week or so, once, is how deals go.
  if (deal.pushes === 1 && deal.pushedDays < putOffDays) return undefined;
  const text = `Closing of deal ${id} put off ${deal.pushes} times, by ${Math.round(deal.pushedDays)} days in all; ${standing(deal)}`;
  const severity = deal.pushes >= 2 || deal.pushedDays >= putOffWarnDays ? 'warning' : 'info';
  return {
    raise: dealAlert(
      `Closing with ${nameOf(entity)} put off`,
      severity,
      [told(text, eventId)],
      ['Ask what has to happen before they can sign', 'Take the deal out of this period’s forecast'],
    ),
  };
}

function judgeBack({ id, before, deal, eventId }: Changed, { entity }: { entity: string }) {
  if (deal.status !== 'open') return { clear: `the deal is ${deal.status}` };
  if (!before || deal.stepsBack === before.stepsBack) return undefined;
  const text = `Deal ${id} went back from ${before.stage} to ${deal.stage}`;
  return {
    raise: dealAlert(
      `Deal with ${nameOf(entity)} went back a stage`,
      'warning',
      [told(text, eventId)],
      ['Find out what the buyer missed', 'Check the amount and the close date'],
    ),
  };
}

function judgeRisk(tuned: Tuned, risk: ScoreDraft, { entity }: { entity: string }) {
  // A lost deal is no longer at risk, and is told by its insight.
  if (risk.value < tuned.riskOverUnder || risk.confidence === 1)
    return { clear: 'the risk has passed, or the deal is closed' };
  if (risk.value < tuned.riskFrom) return undefined;
  return {
    raise: dealAlert(
      `Deal with ${nameOf(entity)} is at risk`,
      risk.value >= tuned.riskCriticalFrom ? 'critical' : 'warning',
      [evidenceOf(risk)],
      ['Go through the warnings with the deal’s owner', 'Bring in somebody the buyer has not met yet'],
    ),
  };
}

type AlertParts = [
  title: string,
  severity: 'info' | 'warning' | 'critical',
  evidence: ReturnType<typeof told>[],
  actions: string[],
];

function dealAlert(...[title, severity, evidence, recommendedActions]: AlertParts) {
  const roles = ['sales'];
  const sources = ['hubspot'];
  return { kind: 'sales_pipeline', severity, title, evidence, recommendedActions, roles, sources } as const;
}
