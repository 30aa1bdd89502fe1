import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expire,
  remember,
  resolve,
  type Awaiting,
  type AwaitingLabels,
} from '../../src/scoring/learning/awaiting-labels.ts';
import { deepFrozen } from './arbitraries.ts';

type Kept = AwaitingLabels<number>;

type Action =
  | ({ readonly do: 'remember' } & Awaiting<number>)
  | { readonly do: 'resolve'; readonly id: string }
  | { readonly do: 'expire'; readonly until: number };

const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const times = fc.integer({ min: 0, max: 20 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('remember' as const), id: ids, at: times, features: fc.integer() }),
  fc.record({ do: fc.constant('resolve' as const), id: ids }),
  fc.record({ do: fc.constant('expire' as const), until: times }),
);
const actions = fc.array(action, { maxLength: 40 });
const predictionsMax = 4;

function after(kept: Kept, one: Action) {
  if (one.do === 'remember') {
    const { id, at, features } = one;
    return remember(kept, { id, at, features }, predictionsMax);
  }
  return one.do === 'resolve' ? resolve(kept, one.id) : expire(kept, one.until);
}

describe('predictions that wait for their label', () => {
  it('are each kept or released, once, and never more than the bound', () => {
    fc.assert(
      fc.property(actions, (list) => {
        let kept: Kept = deepFrozen([]);
        for (const one of list) {
          const before = one.do === 'remember' ? [...kept.filter(({ id }) => id !== one.id), ofAction(one)] : kept;
          const { awaiting, released } = deepFrozen(after(kept, one));
          expect(sorted([...awaiting, ...released])).toEqual(sorted(before));
          expect(awaiting.length).toBeLessThanOrEqual(predictionsMax);
          expect(new Set(awaiting.map(({ id }) => id)).size).toBe(awaiting.length);
          kept = awaiting;
        }
      }),
    );
  });

  it('stand in the order of their time, whatever order they came in', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const kept = list.reduce<Kept>((so, one) => after(so, one).awaiting, []);
        const order = kept.map(({ at }) => at);
        expect(order).toEqual(order.toSorted((a, b) => a - b));
      }),
    );
  });

  it('are the same when written down after every step', () => {
    fc.assert(
      fc.property(actions, (list) => {
        const once = list.reduce<Kept>((so, one) => after(so, one).awaiting, []);
        const written = list.reduce<Kept>((so, one) => JSON.parse(JSON.stringify(after(so, one).awaiting)), []);
        expect(written).toEqual(once);
      }),
    );
  });

  const three: Kept = [
    { id: 'a', at: 1, features: 10 },
    { id: 'b', at: 2, features: 20 },
    { id: 'c', at: 3, features: 30 },
  ];

  it('are found by a label once', () => {
    const first = resolve(three, 'b');
    expect(first.released).toEqual([{ id: 'b', at: 2, features: 20 }]);
    expect(resolve(first.awaiting, 'b').released).toEqual([]);
  });

  it('are released unlabelled when their horizon has passed, not before', () => {
    expect(expire(three, 2).released.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(expire(three, 0)).toEqual({ awaiting: three, released: [] });
  });

  it('make room for a new one from the earliest, even when the new one is itself the earliest', () => {
    expect(remember(three, { id: 'd', at: 4, features: 40 }, 3).released.map(({ id }) => id)).toEqual(['a']);
    expect(remember(three, { id: 'd', at: 0, features: 40 }, 3).released.map(({ id }) => id)).toEqual(['d']);
  });

  it('are replaced by a later one of their name', () => {
    const { awaiting, released } = remember(three, { id: 'a', at: 9, features: 11 }, 3);
    expect(awaiting.map(({ id, features }) => [id, features])).toEqual([
      ['b', 20],
      ['c', 30],
      ['a', 11],
    ]);
    expect(released).toEqual([]);
  });
});

const ofAction = ({ id, at, features }: Awaiting<number>): Awaiting<number> => ({ id, at, features });
const sorted = (list: readonly Awaiting<number>[]) => list.toSorted((a, b) => a.id.localeCompare(b.id));
