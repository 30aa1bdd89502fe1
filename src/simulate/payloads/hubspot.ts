import type { JsonObject } from '../../core/json.ts';
import type { Account, Deal, Person } from '../company.ts';
import type { Notice } from '../notice.ts';
import type { Random } from '../random.ts';

/** What changed in the CRM. HubSpot says the one property that changed and nothing else of the object. */
export type Change =
  | { readonly kind: 'deal.creation'; readonly deal: Deal }
  | { readonly kind: 'deal.propertyChange'; readonly deal: Deal; readonly property: string; readonly value: string }
  | { readonly kind: 'deal.associationChange'; readonly deal: Deal; readonly contact: Person }
  | {
      readonly kind: 'contact.propertyChange';
      readonly contact: Person;
      readonly property: string;
      readonly value: string;
    }
  | { readonly kind: 'company.propertyChange'; readonly property: string; readonly value: string };

const portalId = 62_515;
const appId = 54_321;

const subscriptions = {
  'deal.creation': 2_001,
  'deal.propertyChange': 2_002,
  'deal.associationChange': 2_003,
  'contact.propertyChange': 2_004,
  'company.propertyChange': 2_005,
} as const;

/** What was saved of one account at one moment: HubSpot's array, an event for each property. */
export function crmNotice(at: number, account: Account, changes: readonly Change[], random: Random): Notice {
  const events = changes.map((change) => ({
    eventId: random.int(100_000_000, 3_999_999_999),
    subscriptionId: subscriptions[change.kind],
    portalId,
    appId,
    occurredAt: at,
    subscriptionType: change.kind,
    attemptNumber: 0,
    ...partsOf(change, account),
    changeSource: 'CRM_UI',
    sourceId: `userId:${account.owner.hubspotContact}`,
  }));
  return { at, source: 'hubspot', entity: [account.entity], events };
}

function partsOf(change: Change, account: Account): JsonObject {
  switch (change.kind) {
    case 'deal.creation':
      return { objectId: change.deal.id, changeFlag: 'CREATED' };
    case 'deal.propertyChange':
      return { objectId: change.deal.id, propertyName: change.property, propertyValue: change.value };
    case 'contact.propertyChange':
      return { objectId: change.contact.hubspotContact, propertyName: change.property, propertyValue: change.value };
    case 'company.propertyChange':
      return { objectId: account.hubspotCompany, propertyName: change.property, propertyValue: change.value };
    case 'deal.associationChange':
      return {
        associationType: 'DEAL_TO_CONTACT',
        fromObjectId: change.deal.id,
        toObjectId: change.contact.hubspotContact,
        associationRemoved: false,
        isPrimaryAssociation: false,
      };
    default:
      return change satisfies never;
  }
}
