import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customerIntelligence as agent } from '../../src/agents/customer-intelligence.ts';
import { accountsOf, asOf, createBooks, type Books } from './support/books.ts';
import { openLab, type Lab } from './support/lab.ts';
import { namesIn } from './support/tally.ts';
import { tried } from './support/trial.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const accounts = accountsOf(12);
const companies = 10;

/** Companies of twelve customers, up to three of whom have what is planted. */
const companiesWith = (
  skill: string,
  output: string,
  { planted, ordinary }: { readonly planted: Story; readonly ordinary: Story },
) =>
  tried(lab, {
    agent,
    skill,
    companies,
    plant(books, index) {
      const chosen = books.random.shuffled(accounts).slice(0, index % 4);
      for (const entity of accounts) {
        for (const month of [10, 40, 70]) books.payment(entity, month, books.random.int(500, 2_000));
        (chosen.includes(entity) ? planted : ordinary)(books, entity);
      }
      return chosen;
    },
    found(report) {
      const told = namesIn(report.output[output]);
      expect(report.insights).toHaveLength(told.length);
      for (const { entity } of report.insights) expect(told).toContain(entity);
      return told;
    },
  });

type Story = (books: Books, entity: string) => void;

const weeksBack = Array.from({ length: 16 }, (_, index) => 15.5 - index);

/** Active users about a level, three samples a week. */
const use = ({ random, sample }: Books, entity: string, levelAt: (weeksAgo: number) => number) => {
  for (const week of weeksBack) {
    for (const day of [0, 2, 4]) {
      const users = Math.max(0, levelAt(week) * (1 + random.normal(0, 0.06)));
      sample(entity, week * 7 - day + 0.4, 'weekly_active_users', Math.round(users));
    }
  }
};

describe('health', () => {
  const contributions = [{ name: 'support', weight: 20, value: 0.2, eventId: 'e', quote: 'urgency 0.9' }];
  const scored = ({ random, score }: Books, entity: string, pointsAt: (weeksAgo: number) => number) => {
    for (const week of weeksBack.slice(4)) {
      const points = Math.min(Math.max(pointsAt(week) + random.normal(0, 3), 0), 100);
      score(entity, week * 7, 'customer_health', points, { contributions });
    }
  };

  it('names the customers whose health falls or is low, and no others', async () => {
    const tally = await companiesWith('health', 'unhealthy accounts', {
      planted: (books, entity) =>
        books.random.chance(0.5) ? scored(books, entity, (week) => 58 + week * 2.5) : scored(books, entity, () => 40),
      ordinary: (books, entity) => {
        const level = books.random.int(66, 90);
        scored(books, entity, () => level);
      },
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where nothing was scored, and says which score is missing', async () => {
    const report = await lab.run({ agent, org: 'unscored', skill: 'health', asOf });
    expect(report.abstained).toContain('customer_health');
  });

  it('tells what it rests on and what it is worth to act', async () => {
    const books = createBooks('one-unhealthy');
    books.payment('account:a', 20, 3_000);
    scored(books, 'account:a', (week) => 40 + week * 4);
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: 'one-unhealthy', skill: 'health', asOf, entity: 'account:a' });
    expect(insights).toHaveLength(1);
    expect(insights[0]).toMatchObject({ kind: 'risk', entity: 'account:a', action: { currency: 'USD' } });
    expect(insights[0]?.title).toMatch(/^Health of a falls steadily: \d+ of 100, \d+ points less/);
    expect(insights[0]?.detail).toContain('support “urgency 0.9”');
    expect(insights[0]?.action.expectedValue).toBeGreaterThan(1_000);
  });
});

describe('churn', () => {
  it('names the customers who show the signs of leaving, and no others', async () => {
    const tally = await companiesWith('churn', 'leaving accounts', {
      planted: (books, entity) => {
        const level = books.random.int(20, 200);
        if (books.random.chance(0.3)) {
          use(books, entity, () => level);
          books.subscription(entity, 9, { seats: level, price: 20, cancelling: true });
          return;
        }
        use(books, entity, (week) => (week < 3 ? level * 0.3 : level));
        books.failedPayment(entity, 6, 900);
        books.failedPayment(entity, 3, 900);
        books.conversation(entity, 5);
        books.score(entity, 5, 'conversation_sentiment', -0.7, { subject: 'c1' });
      },
      ordinary: (books, entity) => {
        const level = books.random.int(20, 200);
        use(books, entity, () => level);
        // Now and then something goes wrong with everybody.
        if (books.random.chance(0.2)) books.failedPayment(entity, 12, 400);
        for (const day of [8, 30, 60, 80]) if (books.random.chance(0.5)) books.conversation(entity, day);
      },
    });
    tally.expectAtLeast(0.9);
  });

  it('goes by the risk that was learned of the organisation’s own customers where there is one', async () => {
    const books = createBooks('learned');
    for (const entity of ['account:a', 'account:b']) use(books, entity, () => 50);
    books.score('account:a', 2, 'churn_risk', 0.8, { confidence: 0.7 });
    books.score('account:b', 2, 'churn_risk', 0.05, { confidence: 0.7 });
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: 'learned', skill: 'churn', asOf });
    expect(insights.map(({ entity, effect }) => [entity, effect.value])).toEqual([['account:a', 0.8]]);
  });

  it('abstains on a customer of whom little is known', async () => {
    const books = createBooks('new-customer');
    for (const day of [1, 3, 5]) books.sample('account:a', day, 'weekly_active_users', 10);
    await lab.store(books);
    const report = await lab.run({ agent, org: 'new-customer', skill: 'churn', asOf });
    expect(report.abstained).toContain('three weeks');
  });
});

describe('expansion', () => {
  const sold = (books: Books, entity: string, seats: number) => books.subscription(entity, 200, { seats, price: 25 });

  it('names the customers who outgrow their seats, and no others', async () => {
    const tally = await companiesWith('expansion', 'growing accounts', {
      planted: (books, entity) => {
        const seats = books.random.int(30, 200);
        sold(books, entity, seats);
        use(books, entity, (week) => seats * (0.98 - week * 0.03));
        books.score(entity, 3, 'customer_health', 80);
      },
      ordinary: (books, entity) => {
        const seats = books.random.int(30, 200);
        sold(books, entity, seats);
        const kind = books.random.int(0, 3);
        // Steady and half full, steady and full, growing but half empty, growing but unwell.
        if (kind === 0) use(books, entity, () => seats * 0.5);
        if (kind === 1) use(books, entity, () => seats * 0.93);
        if (kind === 2) use(books, entity, (week) => seats * (0.5 - week * 0.02));
        if (kind === 3) use(books, entity, (week) => seats * (0.98 - week * 0.03));
        books.score(entity, 3, 'customer_health', kind === 3 ? 35 : 80);
      },
    });
    tally.expectAtLeast(0.9);
  });

  it('says what more seats are worth in a year', async () => {
    const books = createBooks('outgrown');
    sold(books, 'account:a', 100);
    use(books, 'account:a', (week) => 95 - week * 2);
    await lab.store(books);
    const { insights, output } = await lab.run({ agent, org: 'outgrown', skill: 'expansion', asOf });
    expect(output['seats']).toEqual([{ entity: 'account:a', seats: 100 }]);
    expect(insights[0]?.action.text).toMatch(/^Offer a \d+ more seats/);
    const more = Number(/\d+/.exec(insights[0]?.action.text ?? '')?.[0]);
    expect(more).toBeGreaterThan(45);
    expect(more).toBeLessThan(75);
    expect(insights[0]?.action.expectedValue).toBe(more * 25 * 12);
  });

  it('knows that yen have no smaller unit', async () => {
    const books = createBooks('tokyo');
    books.subscription('account:a', 200, { seats: 100, price: 2_500, currency: 'jpy' });
    use(books, 'account:a', (week) => 95 - week * 2);
    await lab.store(books);
    const { insights } = await lab.run({ agent, org: 'tokyo', skill: 'expansion', asOf });
    const more = Number(/\d+/.exec(insights[0]?.action.text ?? '')?.[0]);
    expect(insights[0]?.action).toMatchObject({ expectedValue: more * 2_500 * 12, currency: 'JPY' });
  });

  it('abstains where seats or use are not known', async () => {
    const books = createBooks('seatless');
    use(books, 'account:a', () => 50);
    await lab.store(books);
    const report = await lab.run({ agent, org: 'seatless', skill: 'expansion', asOf });
    expect(report.abstained).toContain('seats');
  });
});

describe('engagement', () => {
  const done = (books: Books, entity: string, rateAt: (weeksAgo: number) => number) => {
    for (const week of weeksBack) {
      for (let call = 0; call < 2; call += 1) if (books.random.chance(0.5 * rateAt(week))) books.call(entity, week * 7);
      for (let one = 0; one < 4; one += 1) {
        if (books.random.chance(0.4 * rateAt(week))) books.conversation(entity, week * 7 + 1);
      }
    }
    use(books, entity, (week) => 80 * rateAt(week));
  };

  it('names the customers who do less or more than they used to, and no others', async () => {
    const tally = await companiesWith('engagement', 'changed accounts', {
      planted: (books, entity) => {
        const factor = books.random.chance(0.6) ? 0.08 : 3;
        done(books, entity, (week) => (week < 2.6 ? factor : 0.8));
      },
      ordinary: (books, entity) => done(books, entity, () => 0.8),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where there is nothing to compare with', async () => {
    const books = createBooks('fresh');
    for (const day of [1, 3, 9, 20]) books.call('account:a', day);
    await lab.store(books);
    const report = await lab.run({ agent, org: 'fresh', skill: 'engagement', asOf });
    expect(report.abstained).toContain('fortnights');
  });
});
