import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChurnRisk } from '../../src/scoring/churn.ts';
import {
  churnAfter,
  churnModel,
  churnUnseen,
  type ChurnExample,
  type ChurnOutcome,
  type ChurnWatch,
} from '../../src/scoring/churn-outcome.ts';
import type { CustomerSeen } from '../../src/scoring/customer.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { deepFrozen } from './arbitraries.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const complaint = (onDay: number): CustomerSeen => ({
  eventId: `e${onDay}`,
  at: start + onDay * day,
  quote: 'unhappy',
  sign: 'complaints',
  amount: 1,
});
const outcome = (onDay: number, outcome: ChurnOutcome['outcome']): ChurnOutcome => ({
  at: start + onDay * day,
  outcome,
});

function follow(all: readonly (CustomerSeen | ChurnOutcome)[], learner = churnModel.initial) {
  const scorer = createChurnRisk(learner);
  const examples: ChurnExample[] = [];
  const figures: Figure[] = [];
  let watch: ChurnWatch = churnUnseen;
  for (const seen of all) {
    const followed = churnAfter(deepFrozen(watch), deepFrozen(seen), scorer);
    watch = followed.watch;
    examples.push(...followed.examples);
    if (followed.figure) figures.push(followed.figure);
  }
  return { watch, examples, figures };
}

const lefts = (all: readonly (CustomerSeen | ChurnOutcome)[]) => follow(all).examples.map(({ left }) => left);

describe('a customer', () => {
  it('who leaves was at risk for the two months before, and not earlier', () => {
    expect(lefts([complaint(0), complaint(30), complaint(70), outcome(80, 'churned')])).toEqual([false, true, true]);
  });

  it('who stays was not, as soon as two months have passed, or when it is said', () => {
    expect(lefts([complaint(0), complaint(59)])).toEqual([]);
    expect(lefts([complaint(0), complaint(60)])).toEqual([false]);
    expect(lefts([complaint(0), outcome(10, 'renewed')])).toEqual([false]);
  });

  it('teaches once a month, however much is seen of it', () => {
    const daily = Array.from({ length: 25 }, (_, index) => complaint(index));
    expect(lefts([...daily, outcome(26, 'churned')])).toEqual([true]);
  });

  it('who left is not scored, until it comes back', () => {
    const gone = [complaint(0), outcome(10, 'churned')];
    expect(follow([...gone, complaint(11)]).figures).toHaveLength(follow(gone).figures.length);
    const back = [...gone, outcome(50, 'renewed'), complaint(51)];
    expect(follow(back).figures.length).toBeGreaterThan(follow(gone).figures.length);
  });

  it('takes little room, whatever the order', () => {
    const seen = fc.oneof(
      fc.integer({ min: 0, max: 400 }).map(complaint),
      fc
        .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom('churned' as const, 'renewed' as const))
        .map(([at, what]) => outcome(at, what)),
    );
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 100 }), (all) => {
        const { watch } = follow(all);
        expect(watch.awaiting.length).toBeLessThanOrEqual(4);
        expect(JSON.stringify(watch).length).toBeLessThan(1_500);
      }),
    );
  });
});

it('an organisation in which complaints mean nothing learns that', () => {
  let learner = churnModel.initial;
  for (let round = 0; round < 300; round++) {
    const seen = round % 2 === 0 ? [complaint(0), complaint(1), complaint(2)] : [{ ...complaint(0), amount: 0 }];
    const { examples } = follow([...seen, outcome(3, round % 4 < 2 ? 'churned' : 'renewed')]);
    for (const example of examples) learner = churnModel.learn(learner, example);
  }
  const risk = (model: typeof learner) =>
    follow([complaint(0), complaint(1), complaint(2)], model).figures.at(-1)?.value ?? 0;
  const calm = (model: typeof learner) => follow([{ ...complaint(0), amount: 0 }], model).figures.at(-1)?.value ?? 0;
  expect(risk(learner) - calm(learner)).toBeLessThan(risk(churnModel.initial) - calm(churnModel.initial));
  expect(churnModel.show(learner).outcomes).toEqual({ positive: 150, negative: 150 });
});
