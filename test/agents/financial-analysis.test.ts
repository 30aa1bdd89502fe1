import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { financialAnalysis as agent } from '../../src/agents/financial-analysis.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { accountsOf, asOf, createBooks, dayMs, type Books } from './support/books.ts';
import { openLab, type Lab } from './support/lab.ts';
import { namesIn } from './support/tally.ts';
import { expectAbstains, tried } from './support/trial.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const companies = 12;
const accounts = accountsOf(20);
const categories = ['hosting', 'people', 'marketing', 'tools'];

/** Days before the task's time of a day in a calendar month, so many months ago: 1 is the last whole one. */
const dayIn = (monthsAgo: number, day: number) => (Date.parse(asOf) - Date.UTC(2026, 5 - monthsAgo, day)) / dayMs;
const about = ({ random }: Books, amount: number, spread = 0.04) =>
  Math.max(amount * (1 + random.normal(0, spread)), 1);

/** Every customer pays once a month. */
const revenue = (books: Books, monthly: number, at: (monthsAgo: number) => number = () => 1) => {
  for (let ago = 1; ago <= 14; ago += 1) {
    for (const entity of accounts)
      books.payment(entity, dayIn(ago, 3), about(books, (monthly * at(ago)) / accounts.length));
  }
};

const spend = (books: Books, monthly: number, at: (category: string, monthsAgo: number) => number = () => 1) => {
  for (let ago = 1; ago <= 14; ago += 1) {
    for (const category of categories) {
      const amount = about(books, (monthly / categories.length) * at(category, ago));
      books.cost(dayIn(ago, 12), { amount, category, vendor: `${category} inc` });
    }
  }
};

describe('kpis', () => {
  it('names the figure that left its course in the last month, and none where all go on', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'kpis',
      companies: 20,
      plant(books, index) {
        const monthly = books.random.int(40, 120) * 1_000;
        const planted = ['refunds', undefined, 'failed payments', undefined, 'revenue per customer'][index % 5];
        // What customers pay falls, and with it what all of them pay.
        revenue(books, monthly, (ago) => (planted === 'revenue per customer' && ago === 1 ? 0.6 : 1 - ago * 0.01));
        for (let ago = 1; ago <= 14; ago += 1) {
          const worse = ago === 1;
          books.refund(
            'account:customer1',
            dayIn(ago, 9),
            about(books, monthly * (worse && planted === 'refunds' ? 0.15 : 0.01)),
          );
          const failures = worse && planted === 'failed payments' ? 18 : books.random.int(0, 2);
          for (let one = 0; one < failures; one += 1) books.failedPayment('account:customer2', dayIn(ago, 5), 100);
        }
        if (planted === undefined) return [];
        return planted === 'revenue per customer' ? [planted, 'revenue'] : [planted];
      },
      found: ({ output }) => namesIn(output['figures off course']),
    });
    tally.expectAtLeast(0.9);
  });

  it('names the payment that is unusual, by what its outcome will be told by, and no other trouble of the customer', async () => {
    const books = createBooks('one-payment');
    const stripe = {
      origin: 'stripe',
      stream: 'finance',
      entity: 'account:a',
      type: 'stripe.charge.succeeded',
    } as const;
    const charge = (id: string, object: JsonObject) => books.event(1, { ...stripe, id, data: { data: { object } } });
    charge('usual', { id: 'ch_1', currency: 'usd', amount: 1_000 });
    charge('large', { id: 'ch_2', payment_intent: 'pi_2', currency: 'usd', amount: 90_000 });
    const because = (eventId: string) => ({
      contributions: [{ name: 'larger than usual', weight: 1, value: 0.8, eventId, quote: 'USD 900' }],
    });
    books.score('account:a', 1, 'payment_size', 0.8, because('large'));
    books.score('account:a', 1, 'payment_risk', 0.7, because('usual'));
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: books.org, skill: 'kpis', asOf, entity: 'account:a' });
    expect(insights.map(({ effect, subject }) => [effect.name, subject])).toEqual([
      ['risk that money does not come', undefined],
      ['distance from usual', 'pi_2'],
    ]);
  });

  it('abstains on few months', () =>
    expectAbstains(lab, agent, 'kpis', 'months of payments', (books) => {
      for (let ago = 1; ago < 4; ago += 1) books.payment('account:a', dayIn(ago, 3), 500);
    }));
});

describe('margins', () => {
  it('names the costs that eat into the margin, and none where costs keep pace', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'margins',
      companies,
      plant(books, index) {
        const monthly = books.random.int(40, 120) * 1_000;
        const rising = index % 2 === 0 ? books.random.pick(categories) : undefined;
        revenue(books, monthly, (ago) => 1 - ago * 0.015);
        spend(books, monthly * 0.6, (category, ago) => (category === rising ? 2 - ago * 0.11 : 1 - ago * 0.015));
        return rising === undefined ? [] : [rising];
      },
      found: ({ output }) => namesIn(output['rising costs']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where no costs are known', () =>
    expectAbstains(lab, agent, 'margins', 'finance.cost', (books) => revenue(books, 50_000)));
});

describe('scenarios', () => {
  it('says whether a loss is to be expected, or would come with the leaving of the largest customer', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'scenarios',
      companies,
      plant(books, index) {
        const monthly = books.random.int(40, 120) * 1_000;
        const kind = (['loss', 'well', 'largest', 'well'] as const)[index % 4] ?? 'well';
        revenue(books, monthly);
        spend(books, monthly * { loss: 1.2, well: 0.7, largest: 1.1 }[kind]);
        if (kind === 'largest') {
          for (let ago = 1; ago <= 14; ago += 1)
            books.payment('account:big', dayIn(ago, 4), about(books, monthly * 0.5));
        }
        return { loss: ['expected'], well: [], largest: ['without the largest customer'] }[kind];
      },
      found: ({ output }) => namesIn(output['losses']),
    });
    tally.expectAtLeast(0.9);
  });

  it('tells what the largest customer pays', async () => {
    const books = createBooks('largest');
    revenue(books, 60_000);
    spend(books, 50_000);
    for (let ago = 1; ago <= 14; ago += 1) books.payment('account:big', dayIn(ago, 4), 40_000);
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: books.org, skill: 'scenarios', asOf });
    expect(insights.map(({ title }) => title)[1]).toBe('big pays 40 % of all revenue');
    expect(insights[1]?.action.expectedValue).toBeGreaterThan(200_000);
  });

  it('abstains where no costs are known', () =>
    expectAbstains(lab, agent, 'scenarios', 'finance.cost', (books) => revenue(books, 50_000)));
});

describe('savings', () => {
  it('names the suppliers who have become dearer, and no others', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'savings',
      what: 'dearer suppliers',
      companies,
      plant(books, index) {
        const dearer = index % 2 === 0 ? books.random.pick(categories) : undefined;
        spend(books, 60_000, (category, ago) => (category === dearer && ago <= 3 ? 1.5 : 1));
        return dearer === undefined ? [] : [`${dearer} inc`];
      },
      found: ({ output }) => namesIn(output['dearer suppliers']),
    });
    tally.expectAtLeast(0.9);
  });

  it('names bills that were paid twice, and none that come every month', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'savings',
      what: 'paid twice',
      companies,
      plant(books, index) {
        spend(books, 60_000);
        for (let ago = 1; ago <= 14; ago += 1) {
          books.cost(dayIn(ago, 20), { amount: 99, category: 'tools', vendor: 'every month' });
        }
        if (index % 2 === 1) return [];
        const bill = { amount: books.random.int(1_000, 9_000), category: 'tools', vendor: 'careless inc' };
        const day = books.random.int(10, 150);
        books.cost(day, bill);
        books.cost(day - 2, bill);
        return ['careless inc'];
      },
      found: ({ output }) => namesIn(output['paid twice']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where suppliers are known for a short time only', () =>
    expectAbstains(lab, agent, 'savings', 'months of bills', (books) => {
      for (let ago = 1; ago < 4; ago += 1) books.cost(dayIn(ago, 3), { amount: 100, category: 'tools', vendor: 'new' });
    }));
});
