import type { Account, Deal } from '../company.ts';
import { type Change, crmNotice } from '../payloads/hubspot.ts';
import { features } from '../texts/names.ts';
import type { Happening, World } from './happening.ts';

/** HubSpot's default pipeline, in its order; a deal ends in closedwon or closedlost. */
const stages = [
  'appointmentscheduled',
  'qualifiedtobuy',
  'presentationscheduled',
  'decisionmakerboughtin',
  'contractsent',
] as const;

const day = 86_400_000;
const lostShare = 0.12;
const newDealShare = 0.25;
const contactShare = 0.25;
/** Share of the moves that put the closing off, once a deal and by some days. */
const putOffShare = 0.12;

export interface OpenDeal {
  readonly account: Account;
  readonly deal: Deal;
  stage: number;
  closeAt: number;
  putOff: boolean;
}

export interface Crm {
  /** What is saved next. */
  next(at: number): Happening;
  /** A deal somebody may be on the phone about. */
  openDeal(): OpenDeal | undefined;
}

/**
 * Deals are made, move on and are won or lost; contacts change. The deal nobody looked at for longest moves next, and no
 * more than `openDealsMax` are open, so that no ordinary deal goes cold.
 */
export function createCrm(world: World, openDealsMax: number): Crm {
  const { random, accounts } = world;
  const unused = new Map(accounts.map((account) => [account, [...account.deals]]));
  const open: OpenDeal[] = [];

  const opened = (at: number): OpenDeal | undefined => {
    if (open.length >= openDealsMax || (open.length > 0 && !random.chance(newDealShare))) return undefined;
    const account = random.pick(accounts);
    const deal = unused.get(account)?.shift();
    return deal && { account, deal, stage: 0, closeAt: at + random.int(45, 90) * day, putOff: false };
  };

  return {
    next(at) {
      if (random.chance(contactShare)) return { notice: contactChange(at, world) };
      const fresh = opened(at);
      if (fresh) {
        open.push(fresh);
        return { notice: crmNotice(at, fresh.account, creation(fresh), random) };
      }
      const stalest = open.shift();
      if (!stalest) return { notice: contactChange(at, world) };
      const changes = movedOn(at, stalest, world);
      if (stalest.stage < stages.length) open.push(stalest);
      return { notice: crmNotice(at, stalest.account, changes, random) };
    },
    openDeal: () => (open.length > 0 ? random.pick(open) : undefined),
  };
}

/** HubSpot's name of the stage a deal stands in. */
export function stageOf({ stage }: OpenDeal): string {
  return stages[stage] ?? 'closedwon';
}

/** What HubSpot tells when a deal is made: that it was, then each property. */
export function creation({ account, deal, closeAt }: Pick<OpenDeal, 'account' | 'deal' | 'closeAt'>): Change[] {
  const contact = account.people[0];
  return [
    { kind: 'deal.creation', deal },
    { kind: 'deal.propertyChange', deal, property: 'dealname', value: deal.name },
    { kind: 'deal.propertyChange', deal, property: 'amount', value: String(deal.amount) },
    { kind: 'deal.propertyChange', deal, property: 'dealstage', value: stages[0] },
    { kind: 'deal.propertyChange', deal, property: 'closedate', value: String(closeAt) },
    ...(contact ? [{ kind: 'deal.associationChange' as const, deal, contact }] : []),
  ];
}

function movedOn(at: number, open: OpenDeal, { random }: World): Change[] {
  const { deal } = open;
  if (random.chance(0.4)) {
    const value = `Show ${random.pick(features)} to the team`;
    return [
      { kind: 'deal.propertyChange', deal, property: 'hs_next_step', value },
      { kind: 'deal.propertyChange', deal, property: 'notes_last_updated', value: String(at) },
    ];
  }
  if (!open.putOff && random.chance(putOffShare)) {
    open.putOff = true;
    open.closeAt += random.int(3, 12) * day;
    return [{ kind: 'deal.propertyChange', deal, property: 'closedate', value: String(open.closeAt) }];
  }
  open.stage += 1;
  const stage = stages[open.stage];
  if (stage) return [{ kind: 'deal.propertyChange', deal, property: 'dealstage', value: stage }];
  const end = random.chance(lostShare) ? 'closedlost' : 'closedwon';
  return [
    { kind: 'deal.propertyChange', deal, property: 'dealstage', value: end },
    { kind: 'deal.propertyChange', deal, property: 'closedate', value: String(at) },
  ];
}

function contactChange(at: number, { random, accounts }: World) {
  const account = random.pick(accounts);
  const change = random.weighted<Change>([
    [
      3,
      {
        kind: 'contact.propertyChange',
        contact: random.pick(account.people),
        property: 'notes_last_contacted',
        value: String(at),
      },
    ],
    [
      1,
      {
        kind: 'contact.propertyChange',
        contact: random.pick(account.people),
        property: 'lifecyclestage',
        value: 'customer',
      },
    ],
    [
      1,
      {
        kind: 'company.propertyChange',
        property: 'numberofemployees',
        value: String(account.seats * random.int(3, 6)),
      },
    ],
  ]);
  return crmNotice(at, account, [change], random);
}
