import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salesOptimisation as agent } from '../../src/agents/sales-optimisation.ts';
import { listAt, numberAt, textAt } from '../../src/core/read.ts';
import { asOf, createBooks, dayMs, type Books } from './support/books.ts';
import { openLab, type Lab } from './support/lab.ts';
import { namesIn } from './support/tally.ts';
import { expectAbstains, tried } from './support/trial.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const companies = 12;
const sellers = ['ada', 'ben', 'cleo', 'dan'];
const stages = [
  'appointmentscheduled',
  'qualifiedtobuy',
  'presentationscheduled',
  'decisionmakerboughtin',
  'contractsent',
] as const;

interface Told {
  readonly id: number;
  readonly seller: string;
  readonly won: boolean;
  /** When it was made, days ago. */
  readonly began: number;
  /** How many of the stages it goes through before it closes; default all. */
  readonly through?: number;
  readonly daysAStage?: number;
  readonly nextSteps?: number;
}

/** A deal from its making to its close. */
function closedDeal(books: Books, { id, seller, won, began, through = 5, daysAStage = 6, nextSteps = 0 }: Told): void {
  const entity = `account:customer${id % 12}`;
  const { deal, random } = books;
  deal(entity, id, began);
  deal(entity, id, began, 'amount', random.int(8, 40) * 1_000);
  deal(entity, id, began, 'hubspot_owner_id', seller);
  let at = began;
  for (const stage of stages.slice(0, through)) {
    deal(entity, id, at, 'dealstage', stage);
    at -= daysAStage * (0.6 + random.next() * 0.8);
  }
  for (let step = 0; step < nextSteps; step += 1) deal(entity, id, began - 1 - step, 'hs_next_step', `Call ${step}`);
  deal(entity, id, at, 'dealstage', won ? 'closedwon' : 'closedlost');
}

describe('performance', () => {
  it('names the seller who wins fewer or more deals than colleagues, and nobody where all are alike', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'performance',
      companies,
      plant(books, index) {
        const odd = index % 2 === 0 ? books.random.pick(sellers) : undefined;
        const rate = index % 4 === 0 ? 0.08 : 0.88;
        for (let id = 0; id < 160; id += 1) {
          const seller = sellers[id % 4] ?? '';
          const won = books.random.chance(seller === odd ? rate : 0.45);
          closedDeal(books, { id, seller, won, began: books.random.int(40, 200) });
        }
        return odd === undefined ? [] : [odd];
      },
      found: ({ output }) => namesIn(output['sellers apart']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where there are too few closed deals to compare', () =>
    expectAbstains(lab, agent, 'performance', 'two sellers', (books) => {
      for (let id = 0; id < 12; id += 1) closedDeal(books, { id, seller: sellers[id % 4] ?? '', won: true, began: 80 });
    }));
});

describe('pipeline', () => {
  it('names the deals that stand still, and none of those that move as usual', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'pipeline',
      what: 'stalled deals',
      companies,
      plant(books, index) {
        for (let id = 0; id < 60; id += 1) {
          closedDeal(books, { id, seller: 'ada', won: books.random.chance(0.6), began: books.random.int(60, 300) });
        }
        const planted = Array.from({ length: index % 4 }, (_, place) => String(900 + place));
        for (let id = 900; id < 915; id += 1) {
          const stands = planted.includes(String(id)) ? books.random.int(30, 80) : books.random.int(1, 8);
          books.deal('account:open', id, stands, 'dealstage', books.random.pick(stages));
          books.deal('account:open', id, stands, 'amount', 20_000);
        }
        return planted;
      },
      found: ({ output }) => namesIn(output['stalled deals']),
    });
    tally.expectAtLeast(0.9);
  });

  it('names the step at which more deals stop than used to', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'pipeline',
      what: 'slower steps',
      companies,
      plant(books, index) {
        const worse = index % 2 === 0 ? books.random.int(1, 4) : undefined;
        for (let id = 0; id < 300; id += 1) {
          const began = books.random.int(50, 400);
          let through = 1;
          const passes = () => books.random.chance(through === worse && began < 165 ? 0.3 : 0.85);
          while (through < 5 && passes()) through += 1;
          closedDeal(books, { id, seller: 'ada', won: through === 5, began, through, daysAStage: 5 });
        }
        return worse === undefined ? [] : [`${stages[worse - 1]} → ${stages[worse]}`];
      },
      found: ({ output }) => namesIn(output['slower steps']),
    });
    tally.expectAtLeast(0.9);
  });

  it('looks at one customer’s deals when asked to, beside those of all', async () => {
    const books = createBooks('one-customer');
    for (let id = 0; id < 30; id += 1) closedDeal(books, { id, seller: 'ada', won: true, began: 100 });
    for (const [id, entity] of ['account:a', 'account:b'].entries()) {
      books.deal(entity, 900 + id, 70, 'dealstage', 'contractsent');
      books.deal(entity, 900 + id, 70, 'amount', 10_000);
    }
    await lab.store(books);
    const report = await lab.run({ agent, org: books.org, skill: 'pipeline', asOf, entity: 'account:b' });
    expect(report.insights.map(({ entity, subject, action }) => [entity, subject, action.expectedValue])).toEqual([
      ['account:b', '901', 9_000],
    ]);
  });

  it('abstains where it is not known how long deals stand', () =>
    expectAbstains(lab, agent, 'pipeline', 'what is usual is not known'));
});

describe('forecast', () => {
  /** So many months after the one it is asked in. */
  const monthAfter = (months: number) => new Date(Date.UTC(2026, 5 + months)).toISOString().slice(0, 7);

  /** Revenue of a month, months ago (negative: to come). */
  const grown = (books: Books, level: number, growth: number, ago: number) =>
    level * (1 - growth * ago) * (1 + books.random.normal(0, 0.05));

  it('says whether revenue grows, falls or stays, and the range holds what comes', async () => {
    let [within, months] = [0, 0];
    const comes: number[][] = [];
    const tally = await tried(lab, {
      agent,
      skill: 'forecast',
      companies: 24,
      plant(books, index) {
        const direction = (['grows', 'falls', 'steady', 'steady'] as const)[index % 4] ?? 'steady';
        const growth = { grows: 0.035, falls: -0.05, steady: 0 }[direction];
        const level = books.random.int(20, 90) * 1_000;
        for (let ago = 1; ago <= 20; ago += 1) {
          const paid = grown(books, level, growth, ago);
          for (const day of [2, 9]) {
            const time = Date.UTC(2026, 5 - ago, day);
            books.payment('account:a', (Date.parse(asOf) - time) / dayMs, paid / 2);
          }
        }
        comes.push([0, 1, 2].map((step) => grown(books, level, growth, -step)));
        return direction === 'steady' ? [] : [direction];
      },
      found({ output }, index) {
        for (const [step, value] of (comes[index] ?? []).entries()) {
          months += 1;
          expect(textAt(output['months'], step, 'month')).toBe(monthAfter(step));
          const [lower, upper] = ['lower', 'upper'].map((end) => numberAt(output['months'], step, end) ?? NaN);
          if (lower !== undefined && upper !== undefined && value >= lower && value <= upper) within += 1;
        }
        expect(listAt(output, 'past months').map((past) => textAt(past, 'month'))).toEqual(
          Array.from({ length: 12 }, (_, index) => monthAfter(index - 12)),
        );
        return namesIn([output['direction'] ?? '']).filter((direction) => direction !== 'steady');
      },
    });
    process.stdout.write(`sales-optimisation/forecast: ${within} of ${months} months within their 80 % ranges\n`);
    expect(within / months).toBeGreaterThan(0.7);
    tally.expectAtLeast(0.9);
  });

  it('abstains on a few months', () =>
    expectAbstains(lab, agent, 'forecast', 'months of payments', (books) => {
      for (const day of [10, 40, 70]) books.payment('account:a', day, 900);
    }));
});

describe('coaching', () => {
  it('names the seller who lacks a habit that wins deals, and the habit', async () => {
    const tally = await tried(lab, {
      agent,
      skill: 'coaching',
      companies,
      plant(books, index) {
        const lacks = index % 2 === 0 ? books.random.pick(sellers) : undefined;
        for (let id = 0; id < 200; id += 1) {
          const seller = sellers[id % 4] ?? '';
          const nextSteps = seller === lacks ? books.random.int(0, 1) : books.random.int(0, 5);
          const won = books.random.chance(0.2 + 0.13 * nextSteps);
          closedDeal(books, { id, seller, won, began: books.random.int(45, 250), nextSteps });
        }
        return lacks === undefined ? [] : [`${lacks}: nextSteps`];
      },
      found: ({ output }) => namesIn(output['sellers to coach']),
    });
    tally.expectAtLeast(0.9);
  });

  it('abstains where too few deals were won and lost', () =>
    expectAbstains(lab, agent, 'coaching', 'habits cannot be told', (books) => {
      for (let id = 0; id < 12; id += 1) closedDeal(books, { id, seller: sellers[id % 2] ?? '', won: true, began: 90 });
    }));
});
