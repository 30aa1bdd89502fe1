import type { JsonObject } from '../../core/json.ts';
import type { Account, Deal, Person } from '../company.ts';
import type { Notice } from '../notice.ts';
import { digits, type Random } from '../random.ts';

export interface Call {
  /** When it ended, ms. */
  readonly at: number;
  readonly account: Account;
  readonly customer: Person;
  readonly title: string;
  readonly brief: string;
  readonly keyPoints: readonly string[];
  readonly nextSteps: readonly string[];
  readonly trackers: readonly Tracker[];
  readonly deal?: { readonly deal: Deal; readonly stage: string; readonly closeDate: string };
}

export interface Tracker {
  readonly name: string;
  readonly phrases: readonly string[];
}

/** A recorded call, as a Gong automation rule sends it. */
export function callNotice(call: Call, random: Random): Notice {
  const durationS = random.int(900, 3_300);
  const started = new Date(call.at - durationS * 1_000).toISOString();
  const id = random.text(19, digits).replace(/^0/, '7');
  const { account, customer } = call;
  return {
    at: call.at,
    source: 'gong',
    entity: [account.entity],
    events: [
      {
        callData: {
          metaData: {
            id,
            url: `https://app.gong.example/call?id=${id}`,
            title: call.title,
            scheduled: started,
            started,
            duration: durationS,
            primaryUserId: account.owner.gongId,
            direction: 'Conference',
            system: 'Zoom',
            scope: 'External',
            media: 'Video',
            language: 'eng',
          },
          context: [{ system: 'HubSpot', objects: contextOf(call) }],
          parties: [party(customer, 'External', `${id}-c`), party(account.owner, 'Internal', `${id}-s`)],
          content: {
            trackers: call.trackers.map(trackerOf),
            topics: [
              { name: 'Product', duration: random.int(60, 600) },
              { name: 'Pricing', duration: random.int(0, 300) },
            ],
            brief: call.brief,
            highlights: [
              { title: 'Next steps', items: call.nextSteps.map((text) => ({ text, startTimes: [durationS - 60] })) },
            ],
            keyPoints: call.keyPoints.map((text) => ({ text })),
          },
          interaction: interactionOf(call, durationS, random),
          collaboration: { publicComments: [] },
        },
        isTest: false,
        isPrivate: false,
      },
    ],
  };
}

function contextOf({ account, deal }: Call): JsonObject[] {
  const company = {
    objectType: 'Account',
    objectId: String(account.hubspotCompany),
    fields: [
      { name: 'name', value: account.title },
      { name: 'domain', value: account.domain },
      { name: 'industry', value: account.industry },
    ],
    timing: 'Now',
  };
  if (!deal) return [company];
  const opportunity = {
    objectType: 'Opportunity',
    objectId: String(deal.deal.id),
    fields: [
      { name: 'dealname', value: deal.deal.name },
      { name: 'amount', value: String(deal.deal.amount) },
      { name: 'dealstage', value: deal.stage },
      { name: 'closedate', value: deal.closeDate },
    ],
    timing: 'Now',
  };
  return [opportunity, company];
}

function party(person: Person, affiliation: 'External' | 'Internal', speakerId: string): JsonObject {
  const contact = { objectType: 'Contact', objectId: String(person.hubspotContact), fields: [] };
  return {
    id: person.gongId,
    emailAddress: person.email,
    name: person.name,
    title: person.title,
    userId: affiliation === 'Internal' ? person.gongId : null,
    speakerId,
    context: affiliation === 'External' ? [{ system: 'HubSpot', objects: [contact] }] : [],
    affiliation,
    phoneNumber: null,
    methods: ['Invitee', 'Attendee'],
  };
}

function trackerOf({ name, phrases }: Tracker): JsonObject {
  return {
    name,
    count: phrases.length,
    type: 'KEYWORD',
    occurrences: [],
    phrases: [...new Set(phrases)].map((phrase) => ({
      count: phrases.filter((other) => other === phrase).length,
      occurrences: [],
      phrase,
    })),
  };
}

function interactionOf({ account, customer }: Call, durationS: number, random: Random): JsonObject {
  const ratio = random.int(38, 64) / 100;
  return {
    speakers: [
      { id: account.owner.gongId, userId: account.owner.gongId, talkTime: Math.round(durationS * ratio) },
      { id: customer.gongId, userId: null, talkTime: Math.round(durationS * (0.95 - ratio)) },
    ],
    interactionStats: [
      { name: 'Talk Ratio', value: ratio },
      { name: 'Longest Monologue', value: random.int(60, 190) },
      { name: 'Longest Customer Story', value: random.int(30, 150) },
      { name: 'Interactivity', value: random.int(20, 70) / 10 },
      { name: 'Patience', value: random.int(40, 120) / 100 },
    ],
    video: [{ name: 'Webcam', duration: durationS }],
    questions: { companyCount: random.int(4, 16), nonCompanyCount: random.int(3, 14) },
  };
}
