import type { Account } from '../company.ts';
import type { Notice } from '../notice.ts';
import { callNotice, type Call, type Tracker } from '../payloads/gong.ts';
import { type CallText, dealCalls, ordinaryCalls } from '../texts/calls.ts';
import { fill } from '../texts/fill.ts';
import { type Crm, stageOf } from './crm.ts';
import { firstName, type Happening, type World, wordsOf } from './happening.ts';

const dealShare = 0.4;
const competitorShare = 0.04;

/** Sales and customer success talk to customers, of a deal or of nothing much; most calls go as calls go. */
export function calls(world: World, openDeal: Crm['openDeal']): (at: number) => Happening {
  const { random, accounts } = world;
  return (at) => {
    const open = random.chance(dealShare) ? openDeal() : undefined;
    if (!open) return { notice: call(at, world, random.pick(accounts), random.pick(ordinaryCalls)) };
    const closeDate = new Date(open.closeAt).toISOString().slice(0, 10);
    const deal = { deal: open.deal, stage: stageOf(open), closeDate };
    return { notice: call(at, world, open.account, random.pick(dealCalls), { deal }) };
  };
}

/** A call that goes as the text says. Its trackers are found in the text, as Gong would find them. */
export function call(
  at: number,
  world: World,
  account: Account,
  text: CallText,
  more: { words?: Record<string, string>; deal?: Call['deal'] } = {},
): Notice {
  const { random, company } = world;
  const customer = random.pick(account.people);
  const deal = more.deal ? { deal: more.deal.deal.name } : {};
  const words = { ...wordsOf(world, account, { ...deal, ...more.words }), customer: firstName(customer.name) };
  const brief = fill(text.brief, words);
  const keyPoints = text.points.map((point) => fill(point, words));
  const aside = random.chance(competitorShare) ? [random.pick(company.competitors).name] : [];
  return callNotice(
    {
      at,
      account,
      customer,
      title: fill(text.title, words),
      brief,
      keyPoints,
      nextSteps: text.next.map((step) => fill(step, words)),
      trackers: trackersIn([brief, ...keyPoints].join(' '), world, aside),
      ...(more.deal ? { deal: more.deal } : {}),
    },
    random,
  );
}

function trackersIn(text: string, { company }: World, aside: readonly string[]): Tracker[] {
  const said = (phrases: readonly string[]) =>
    phrases.flatMap((phrase) => text.match(new RegExp(`\\b${phrase}\\b`, 'gi')) ?? []);
  const found = [
    { name: 'Competitors', phrases: [...said(company.competitors.map(({ name }) => name)), ...aside] },
    { name: 'Pricing', phrases: said(['price', 'pricing', 'discount', 'budget', 'expensive']) },
    { name: 'Churn risk', phrases: said(['cancel', 'unacceptable', 'lost trust']) },
    { name: 'Product', phrases: said([company.product]) },
  ];
  return found.filter(({ phrases }) => phrases.length > 0);
}
