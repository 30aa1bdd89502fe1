import type { Account } from '../company.ts';
import type { Notice } from '../notice.ts';
import { callNotice, type Call, type Tracker } from '../payloads/gong.ts';
import { type CallText, ordinaryCalls } from '../texts/calls.ts';
import { fill } from '../texts/fill.ts';
import { firstName, type Happening, type World, wordsOf } from './happening.ts';

const competitorShare = 0.04;

/** Sales and customer success talk to customers; most calls go as calls go. */
export function calls(world: World): (at: number) => Happening {
  return (at) => ({ notice: call(at, world, world.random.pick(world.accounts), world.random.pick(ordinaryCalls)) });
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
