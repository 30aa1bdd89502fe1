import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thawed, type FrozenEntity } from '../../src/pipeline/frozen.ts';
import { orderOperator } from '../../src/pipeline/steps/order.ts';
import { cellsOf, type Cell } from '../../src/pipeline/cell.ts';
import { buckets, createState, type EntityState, type StateStore } from '../../src/pipeline/state.ts';

const cell = (state: number, expiresAt = Infinity): Cell => ({
  pipeline: 'p',
  operator: 'o',
  key: '',
  state,
  expiresAt,
});
const own = cellsOf('p', 'o');

function put(store: StateStore, entity: string, value: number, sequence: number, receivedAt = 0): void {
  const touched = store.touch('acme', entity, sequence, receivedAt);
  touched.clock = sequence;
  const known = touched.cells.get(own, '');
  if (known) store.replace(touched, known, value, Infinity, undefined, undefined);
  else store.put(touched, own, '', cell(value));
}

/** Cells in the order of their places: a restart puts them in another. */
const byPlace = (entity: EntityState | undefined): readonly string[] =>
  [...(entity?.cells.values() ?? [])]
    .map((each) => JSON.stringify([each.pipeline, each.operator, each.key, each]))
    .toSorted();

const byName = (a: FrozenEntity, b: FrozenEntity): number => (a.entity < b.entity ? -1 : 1);

const snapshotOf = (store: StateStore): readonly FrozenEntity[] => {
  const { take } = store.beginSnapshot();
  return Array.from({ length: buckets }, (_, bucket) => [...take(bucket)]).flat();
};

describe('what a partition remembers', () => {
  it('is bounded: beyond the limit the entity that was not touched for longest is forgotten, and counted', () => {
    const store = createState({ maxEntities: 3, maxCells: 10, idleMs: Infinity });
    for (const [sequence, entity] of ['a', 'b', 'c', 'a', 'd'].entries()) put(store, entity, sequence, sequence);
    expect([...store.all()].map(({ entity }) => entity)).toEqual(['c', 'a', 'd']);
    expect(store.evicted).toBe(1);
  });

  it('is forgotten when nothing was heard of the entity for the idle time, by the events’ own receipt', () => {
    const store = createState({ maxEntities: 10, maxCells: 10, idleMs: 100 });
    const touched = store.touch('acme', 'quiet', 1, 0);
    touched.lastReceivedAt = 0;
    store.touch('acme', 'busy', 2, 101);
    expect([...store.all()].map(({ entity }) => entity)).toEqual(['busy']);
  });

  it('never forgets inputs that wait for their turn for the sake of other cells, and counts the cells it forgets', () => {
    const store = createState({ maxEntities: 10, maxCells: 2, idleMs: Infinity });
    const entity = store.touch('acme', 'a', 1, 0);
    store.put(entity, cellsOf('p', orderOperator), '', { ...cell(1, 1), operator: orderOperator, wakeAt: 1, dueAt: 1 });
    for (const [key, expiresAt] of [
      ['x', 5],
      ['y', 3],
      ['z', 9],
    ] as const) {
      store.put(entity, cellsOf('p', 'o'), key, { ...cell(1, expiresAt), key });
    }
    expect([...entity.cells.values()].map(({ operator, key }) => [operator, key])).toEqual([
      [orderOperator, ''],
      ['o', 'z'],
    ]);
    expect(store.takeForgotten()).toEqual([{ pipeline: 'p', what: 'cells', howMany: 2 }]);
    expect(store.takeForgotten()).toEqual([]);
  });

  it('begins anew with the event of one who comes back after that, and keeps what is remembered of it', () => {
    const store = createState({ maxEntities: 10, maxCells: 10, idleMs: 100 });
    const before = store.touch('acme', 'quiet', 1, 0);
    store.put(before, cellsOf('p', 'o'), '', cell(1, 1_000));
    const back = store.touch('acme', 'quiet', 2, 101);
    expect(back.cells.size).toBe(0);
    store.put(back, cellsOf('p', 'o'), '', cell(2, 1_000));
    expect(
      [...store.of('acme', 'quiet')].flatMap(({ cells }) => [...cells.values()].map(({ state }) => state)),
    ).toEqual([2]);
  });

  it('holds a bounded number of cells for an entity: the one that would expire first goes', () => {
    const store = createState({ maxEntities: 10, maxCells: 2, idleMs: Infinity });
    const entity = store.touch('acme', 'a', 1, 0);
    for (const [key, expiresAt] of [
      ['x', 5],
      ['y', 3],
      ['z', 9],
    ] as const) {
      store.put(entity, cellsOf('p', 'o'), key, { ...cell(1, expiresAt), key });
    }
    expect([...entity.cells.values()].map(({ key }) => key)).toEqual(['x', 'z']);
  });

  it('is not forgotten while a deadline is pending, however long nothing was heard: what others do changes nothing', () => {
    const store = createState({ maxEntities: 10, maxCells: 10, idleMs: 100 });
    const waiting = store.touch('acme', 'waits', 1, 0);
    store.put(waiting, own, '', { ...cell(1, 50), wakeAt: 500, dueAt: 500 });
    store.touch('acme', 'busy', 2, 400);
    expect([...store.all()].map(({ entity }) => entity)).toEqual(['waits', 'busy']);
    store.put(waiting, own, '', undefined);
    store.touch('acme', 'busy', 3, 401);
    expect([...store.all()].map(({ entity }) => entity)).toEqual(['busy']);
  });

  it('keeps a cell that waits for a deadline before one that has expired, with a restart or without', () => {
    const limits = { maxEntities: 10, maxCells: 3, idleMs: Infinity };
    const store = createState(limits);
    const remember = (each: StateStore, key: string, expiresAt: number, dueAt?: number) => {
      const entity = each.touch('acme', 'a', 1, 0);
      entity.clock = 20;
      const deadline = dueAt === undefined ? {} : { wakeAt: dueAt, dueAt };
      each.put(entity, cellsOf('p', 'o'), key, { ...cell(1, expiresAt), key, ...deadline });
      return [...entity.cells.values()].map((kept) => kept.key).filter((kept) => kept !== 'expired');
    };
    remember(store, 'waits', 5, 100);
    remember(store, 'expired', 10);
    remember(store, 'other', 50);
    const restored = createState(limits);
    restored.restore(snapshotOf(store));
    expect(remember(restored, 'new', 60).toSorted()).toEqual(['new', 'other', 'waits']);
    expect(remember(store, 'new', 60).toSorted()).toEqual(['new', 'other', 'waits']);
  });

  it('forgets the same cells after a restart, where several expire at one moment', () => {
    const store = createState({ maxEntities: 10, maxCells: 3, idleMs: Infinity });
    const remember = (each: StateStore, pipeline: string, key: string, expiresAt: number) => {
      const entity = each.touch('acme', 'a', 1, 0);
      each.put(entity, cellsOf(pipeline, 'o'), key, { ...cell(1, expiresAt), pipeline, key });
      return [...entity.cells.values()].map(({ pipeline, key }) => `${pipeline} ${key}`).toSorted();
    };
    for (const [pipeline, key] of ['px', 'qx', 'py']) remember(store, pipeline ?? '', key ?? '', 5);
    const restored = createState({ maxEntities: 10, maxCells: 3, idleMs: Infinity });
    restored.restore(snapshotOf(store));
    const [left, right] = [store, restored].map((each) => {
      remember(each, 'r', 'x', 9);
      return remember(each, 's', 'x', 9);
    });
    expect(right).toEqual(left);
  });
});

const name = fc.constantFrom('a', 'b', '1', '', '__proto__');
const time = fc.integer({ min: 0, max: 3 });

describe('a snapshot', () => {
  it('is of the moment it began at, whatever changes while it is written', () => {
    const store = createState();
    for (let index = 0; index < 200; index++) put(store, `e${index}`, index, index + 1);
    const begun = store.beginSnapshot();
    for (let index = 0; index < 200; index++) put(store, `e${index}`, -1, 1_000 + index);
    const written = begun.buckets.flatMap((bucket) => [...begun.take(bucket)]);
    expect(written.length).toBe(200);
    expect(written.every(({ cells }) => Number(thawed(cells)[0]?.state) >= 0)).toBe(true);
  });

  it('is of that moment also while some of it is written already, and others come and are forgotten', () => {
    const entity = fc.nat(7).map((n) => `e${n}`);
    const change = fc.record({ entity, written: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(entity, { maxLength: 8 }), fc.array(change, { maxLength: 30 }), (before, changes) => {
        const store = createState({ maxEntities: 4, maxCells: 10, idleMs: Infinity });
        for (const [index, name] of before.entries()) put(store, name, index, index + 1);
        const then = snapshotOf(store).toSorted(byName);
        const { buckets, take } = store.beginSnapshot({ all: true });
        const writing = (function* () {
          for (const bucket of buckets) yield* take(bucket);
        })();
        const written: FrozenEntity[] = [];
        const write = (): boolean => {
          const { done, value } = writing.next();
          if (!done) written.push(value);
          return done === true;
        };
        for (const [index, { entity, written }] of changes.entries()) {
          put(store, entity, -index, 100 + index);
          for (let count = 0; count < written; count++) write();
        }
        while (!write());
        expect(written.toSorted(byName)).toEqual(then);
      }),
      { numRuns: 500 },
    );
  });

  it('holds changed buckets alone, and those again when it could not be written', () => {
    const store = createState();
    for (let index = 0; index < 200; index++) put(store, `e${index}`, index, index + 1);
    expect(store.beginSnapshot().buckets.length).toBe(buckets);
    put(store, 'e1', 1, 500);
    const second = store.beginSnapshot();
    expect(second.buckets.length).toBe(1);
    store.abandonSnapshot(second.buckets);
    expect(store.beginSnapshot().buckets).toEqual(second.buckets);
  });

  it('restores to the same cells, whatever they are called and whether they wait', () => {
    const cells = fc.array(
      fc.record(
        {
          pipeline: name,
          operator: name,
          key: name,
          state: fc.integer(),
          expiresAt: time,
          deadline: fc.tuple(time, time),
        },
        { requiredKeys: ['pipeline', 'operator', 'key', 'state', 'expiresAt'] },
      ),
    );
    fc.assert(
      fc.property(cells, (given) => {
        const [store, restored] = [createState(), createState()];
        const entity = store.touch('acme', 'a', 1, 0);
        for (const { deadline, ...rest } of given) {
          const [wakeAt, dueAt] = deadline ?? [];
          store.put(entity, cellsOf(rest.pipeline, rest.operator), rest.key, {
            ...rest,
            ...(wakeAt !== undefined && dueAt !== undefined && { wakeAt, dueAt }),
          });
        }
        restored.restore(JSON.parse(JSON.stringify(snapshotOf(store))) as readonly FrozenEntity[]);
        const [back] = restored.of('acme', 'a');
        expect(byPlace(back)).toEqual(byPlace(entity));
      }),
    );
  });

  it('restores to the same memory, in the same order of eviction', () => {
    const store = createState({ maxEntities: 50, maxCells: 10, idleMs: Infinity });
    for (let index = 0; index < 120; index++) put(store, `e${(index * 7) % 60}`, index, index + 1);
    const restored = createState({ maxEntities: 50, maxCells: 10, idleMs: Infinity });
    restored.restore(JSON.parse(JSON.stringify(snapshotOf(store))) as readonly FrozenEntity[]);
    for (const each of [store, restored]) put(each, 'new', 1, 1_000);
    expect([...restored.all()].map(({ entity }) => entity)).toEqual([...store.all()].map(({ entity }) => entity));
  });
});
