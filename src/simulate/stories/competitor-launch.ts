import { call } from '../ordinary/calls.ts';
import { newsNotice } from '../payloads/cloudevents.ts';
import { tell } from '../scenario.ts';
import { competitorCalls } from '../texts/calls.ts';
import { competitorOpenings } from '../texts/conversations.ts';
import { fill } from '../texts/fill.ts';
import { launchNews } from '../texts/news.ts';
import { publishers } from '../texts/names.ts';
import type { Story } from './cast.ts';
import { threadFrom } from './told.ts';

const newsTimes = ['24h', '30h', '52h', '80h'] as const;

/** A competitor launches and cuts prices; the press writes about it and customers ask. */
export const competitorLaunch: Story = {
  name: 'competitor-launch',
  about: 'A competitor launches a product and cuts prices: news about it, and customers who ask.',
  days: 6,
  place: 0.85,
  tell: (start, cast, world) => {
    const { random, company } = world;
    const competitor = cast.competitor();
    const words = { competitor: competitor.name, product: company.product };
    const caller = cast.bystander();
    const writer = cast.bystander();

    return tell('competitor-launch', start, ({ at, between }) => {
      launchNews.forEach((text, index) => {
        const news = { title: fill(text.title, words), summary: fill(text.summary, words), competitor };
        at(newsTimes[index] ?? '80h').send((now) =>
          newsNotice(now, { ...news, publisher: random.pick(publishers) }, random),
        );
      });
      competitorCalls.forEach((text, index) => {
        at(`${54 + index * 30}h`).send((now) => call(now, world, caller, text, { words }));
      });
      competitorOpenings.forEach((opening, index) => {
        const thread = { opening, turns: ['Thank you for telling us, {seller} will call you about it.'] };
        at(`${40 + index * 20}h`).send((now) => threadFrom(now, world, writer, thread, words));
      });
      between('24h', '6d').because({
        kind: 'market_intelligence',
        entity: competitor.entity,
        says: /moves: .*(?:launch|pricing)/,
      });
      between('24h', '6d').expect({
        kind: 'market_intelligence',
        entity: competitor.entity,
        minSeverity: 'warning',
        rule: 'market-news',
      });
      between('54h', '6d').expect({
        kind: 'market_intelligence',
        entity: caller.entity,
        minSeverity: 'warning',
        rule: 'competitor-in-call',
      });
    });
  },
};
