import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { marketResearch as agent } from '../../src/agents/market-research.ts';
import { asOf, createBooks, type Books } from './support/books.ts';
import { openLab, type Lab } from './support/lab.ts';
import { namesIn } from './support/tally.ts';
import { expectAbstains, tried } from './support/trial.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const companies = 12;
const rivals = ['Flowly', 'Stackwise', 'Norda', 'Quillon'];
const industries = ['logistics', 'retail', 'health', 'banking', 'energy'];

function closedDeal({ deal, random }: Books, entity: string, id: number, began: number, won: boolean): void {
  deal(entity, id, began);
  deal(entity, id, began, 'amount', random.int(8, 40) * 1_000);
  deal(entity, id, began, 'deal_currency_code', 'EUR');
  deal(entity, id, began, 'dealstage', 'qualifiedtobuy');
  deal(entity, id, began - 20, 'dealstage', won ? 'closedwon' : 'closedlost');
}

describe('opportunity', () => {
  const inIndustry = ({ event }: Books, entity: string, industry: string) =>
    event(300, {
      type: 'hubspot.company.propertyChange',
      entity,
      origin: 'hubspot',
      stream: 'hubspot',
      data: { objectId: 1, propertyName: 'industry', propertyValue: industry },
    });

  it('names the industry that buys more often, and none where all buy alike', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'opportunity',
      companies,
      plant(books, index) {
        const better = index % 2 === 0 ? books.random.pick(industries) : undefined;
        for (let id = 0; id < 200; id += 1) {
          const industry = industries[id % 5] ?? '';
          const entity = `account:${industry}${id % 8}`;
          if (id < 40) inIndustry(books, entity, industry);
          const won = books.random.chance(industry === better ? 0.8 : 0.35);
          closedDeal(books, entity, id, books.random.int(40, 340), won);
        }
        return better === undefined ? [] : [better];
      },
      found: ({ output }) => namesIn(output['industries']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where no industries are known', () =>
    expectAbstains(lab, agent, 'opportunity', 'industry', (books) => {
      for (let id = 0; id < 30; id += 1) closedDeal(books, 'account:a', id, 100, true);
    }));
});

describe('competitors', () => {
  /** Ordinary talk of all of them, over ninety days. */
  const ordinary = (books: Books) => {
    for (const competitor of rivals) {
      for (let day = 1; day < 90; day += 1) {
        if (books.random.chance(0.08)) books.news(day, { title: `${competitor} names a new head`, competitor });
        if (books.random.chance(0.05))
          books.call(`account:c${books.random.int(0, 9)}`, day, { competitors: [competitor] });
      }
    }
    for (let day = 1; day < 90; day += 1) books.call('account:c1', day);
  };

  it('names the competitor of whom news or customers speak more, and no other', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'competitors',
      companies,
      plant(books, index) {
        ordinary(books);
        if (index % 2 === 1) return [];
        const mover = books.random.pick(rivals);
        for (let time = 0; time < 9; time += 1) {
          const day = 0.2 + books.random.next() * 10;
          if (index % 4 === 0) books.news(day, { title: `${mover} cuts prices by half`, competitor: mover });
          else books.call(`account:c${time}`, day, { competitors: [mover] });
        }
        return [mover.toLowerCase()];
      },
      found: ({ output }) => namesIn(output['competitors on the move']),
    });
    tally.expectAtLeast(0.9);
  });

  it('says which customers speak of it, and what they pay', async () => {
    const books = createBooks('spoken-of');
    ordinary(books);
    for (const name of ['x', 'y', 'z', 'x', 'y', 'z', 'x', 'y'])
      books.call(`account:${name}`, 3, { competitors: ['Flowly'] });
    books.payment('account:x', 20, 9_000);
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: books.org, skill: 'competitors', asOf });
    expect(insights[0]?.title).toMatch(/^flowly is named more by customers in calls/);
    expect(insights[0]?.detail).toContain('account:x');
    expect(insights[0]?.action).toMatchObject({ expectedValue: 36_500, currency: 'USD' });
  });

  it('abstains where what is usual is not known', () =>
    expectAbstains(lab, agent, 'competitors', 'what is usual', (books) => {
      for (let day = 1; day < 8; day += 1) books.news(day, { title: 'Flowly cuts prices', competitor: 'Flowly' });
    }));
});

describe('trends', () => {
  const words = ['approvals', 'onboarding', 'retention', 'templates', 'pricing', 'security', 'hosting', 'partners'];

  it('names the topics that rise or fall, and no others', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'trends',
      companies: 24,
      plant(books, index) {
        const topic = index % 2 === 0 ? books.random.pick(words) : undefined;
        const factor = index % 4 === 0 ? 4 : 0.1;
        for (let day = 1; day < 112; day += 1) {
          for (let piece = 0; piece < 4; piece += 1) {
            const usual = words.map((word) => {
              const often = word === topic && factor < 1 ? 4 : 1;
              return [often * (word === topic && day < 28 ? factor : 1), word] as const;
            });
            books.news(day, { title: `Survey on ${books.random.weighted(usual)}` });
          }
        }
        return topic === undefined ? [] : [topic];
      },
      found: ({ output }) => namesIn(output['topics']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains on little news', () =>
    expectAbstains(lab, agent, 'trends', 'pieces of market news', (books) => {
      for (let day = 1; day < 20; day += 1) books.news(day, { title: 'Survey on security' });
    }));
});

describe('positioning', () => {
  it('names the competitor against whom deals are lost or won, and no other', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'positioning',
      companies,
      plant(books, index) {
        const strong = index % 2 === 0 ? books.random.pick(rivals) : undefined;
        const rate = index % 4 === 0 ? 0.05 : 0.95;
        for (let id = 0; id < 180; id += 1) {
          const entity = `account:c${id}`;
          const rival = id % 3 === 0 ? undefined : rivals[id % 4];
          const won = books.random.chance(rival !== undefined && rival === strong ? rate : 0.5);
          const began = books.random.int(40, 300);
          closedDeal(books, entity, id, began, won);
          if (rival !== undefined) books.call(entity, began - 5, { competitors: [rival] });
        }
        return strong === undefined ? [] : [strong.toLowerCase()];
      },
      found: ({ output }) => namesIn(output['competitors apart']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where no competitor was named in deals', () =>
    expectAbstains(lab, agent, 'positioning', 'competitor was named', (books) => {
      for (let id = 0; id < 30; id += 1) closedDeal(books, 'account:a', id, 100, true);
    }));
});
