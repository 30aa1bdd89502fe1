import { delay, map, merge, scan, share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { event, type Case } from '../../src/pipeline/cases.ts';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { definePipeline, isEvent, type Input, type Pipeline, type ScoreDraft } from '../../src/pipeline/define.ts';
import { absent } from '../../src/pipeline/operators/absent.ts';
import { alerted } from '../../src/pipeline/operators/alerted.ts';
import { counted } from '../../src/pipeline/operators/counted.ts';
import { followedBy } from '../../src/pipeline/operators/followed-by.ts';
import { hoppingWindows } from '../../src/pipeline/operators/hopping-windows.ts';

const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();
const note = (minutes: number, entity = 'account:a', data = {}, type = 'custom.note') =>
  event({ type, stream: 'custom', time: at(minutes), entity, data });
const count = (value: number, name = 'count'): ScoreDraft => ({
  output: 'score',
  name,
  subject: null,
  value,
  confidence: 1,
  contributions: [],
});
const pipeline = (run: Pipeline['run'], lateness: Pipeline['lateness'] = '0s'): Pipeline =>
  definePipeline({ name: 'p', version: 1, description: 'for a test', streams: ['custom'], lateness, run });

it('a task says what it is about, where that is more than the entity at hand', async () => {
  const asking = pipeline((input) =>
    input.pipe(map(() => ({ output: 'task', name: 'look', goal: 'why', context: {}, key: 'incident 7' }) as const)),
  );
  const tasks = ['account:a', 'account:b'].map((entity) => ({ rule: 'look', entity, key: 'incident 7' }));
  const given = tasks.map(({ entity }, index) => note(index, entity));
  expect(await checkPipeline(asking, [{ name: 'two of one incident', given, expect: { tasks } }])).toEqual([]);
});

describe('a pipeline may use', () => {
  it('counted: how many within a sliding window', async () => {
    const counts = pipeline((input, state) =>
      input.pipe(
        counted(state, 'notes', { match: isEvent, within: '10m' }),
        map(({ count: n }) => count(n)),
      ),
    );
    const example: Case = {
      name: 'three in a row, one forgotten',
      given: [note(0), note(5), note(9), note(16)],
      expect: { scores: [1, 2, 3, 2].map((value) => ({ name: 'count', value })) },
    };
    expect(await checkPipeline(counts, [example])).toEqual([]);
  });

  it('absent: told at the deadline, by whatever moves the clock, and not when it came in time', async () => {
    const silence = pipeline((input, state) =>
      input.pipe(
        absent(state, 'reply', {
          awaiting: (one: Input) => (isEvent(one) && one.type === 'custom.asked' ? { id: one.id } : undefined),
          ends: (one) => isEvent(one) && one.type === 'custom.answered',
          within: '1h',
        }),
        map(({ cause, since, deadline }) => ({ ...count((deadline - since) / 60_000, 'silence'), cause })),
      ),
    );
    const given = [
      note(0, 'account:a', {}, 'custom.asked'),
      note(0, 'account:b', {}, 'custom.asked'),
      note(30, 'account:b', {}, 'custom.answered'),
    ];
    const told = { scores: [{ name: 'silence', entity: 'account:a', value: 60 }] };
    expect(
      await checkPipeline(silence, [
        {
          name: 'another event moves the clock, long after',
          given: [...given, note(90_000), note(90_000, 'account:b')],
          expect: told,
        },
        { name: 'a timer moves the clock', given: [...given, { at: at(61), timer: true }], expect: told },
      ]),
    ).toEqual([]);
  });

  it('followedBy, hoppingWindows and alerted; a window closes once, in order, when the clock passes its end', async () => {
    const all = pipeline((input, state) => {
      const events = input.pipe(share());
      return merge(
        events.pipe(
          hoppingWindows(state, 'hour', { size: '1h', initial: 0, add: (sum: number) => sum + 1 }),
          map(({ sum, cause }) => ({ ...count(sum, 'window'), cause })),
        ),
        events.pipe(
          followedBy(state, 'pair', {
            first: (one: Input) => (isEvent(one) && one.type === 'custom.a' ? one.id : undefined),
            second: (one) => isEvent(one) && one.type === 'custom.b',
            within: '10m',
          }),
          map(() => count(1, 'pair')),
        ),
        events.pipe(
          alerted(state, 'many', {
            expireAfter: '2h',
            judge: (one: Input) =>
              isEvent(one) && one.type === 'custom.b'
                ? {
                    raise: {
                      kind: 'financial',
                      severity: 'warning',
                      title: 'b came',
                      evidence: [],
                      recommendedActions: [],
                      roles: [],
                      sources: ['custom'],
                    },
                  }
                : undefined,
          }),
        ),
      );
    });
    const example: Case = {
      name: 'a then b, twice; then nothing',
      given: [
        note(0, 'account:a', {}, 'custom.a'),
        note(5, 'account:a', {}, 'custom.b'),
        note(20, 'account:a', {}, 'custom.b'),
        note(300),
      ],
      expect: {
        scores: [
          { name: 'window', value: 3 },
          { name: 'pair', value: 1 },
        ],
        // The second b falls within the hour in which a repetition is counted, not told.
        alerts: [
          { rule: 'many', change: 'raised', severity: 'warning' },
          { rule: 'many', change: 'expired' },
        ],
      },
    };
    expect(await checkPipeline(all, [example])).toEqual([]);
  });

  it('lateness: within it, the order of arrival changes nothing; beyond it, an event is late and seen', async () => {
    const last = pipeline(
      (input, state) =>
        input.pipe(
          state.keyed<Input, { values: readonly number[] }, ScoreDraft>('values', {
            initial: { values: [] },
            ttl: '1d',
            on: ({ values }, one) => {
              const next = isEvent(one) ? [...values, Number(one.data['n'])] : values;
              return {
                state: { values: next },
                emit: [
                  count(
                    next.reduce((sum, n) => sum * 10 + n, 0),
                    'digits',
                  ),
                ],
              };
            },
          }),
        ),
      '5m',
    );
    const example: Case = {
      name: 'sorted by time, though 2 came before 1',
      given: [
        note(2, 'account:a', { n: 2 }),
        note(0, 'account:a', { n: 1 }),
        note(4, 'account:a', { n: 3 }),
        note(60, 'account:a', { n: 4 }),
      ],
      expect: {
        scores: [
          { name: 'digits', value: 1 },
          { name: 'digits', value: 12 },
          { name: 'digits', value: 123 },
        ],
      },
    };
    expect(await checkPipeline(last, [example])).toEqual([]);
  });
});

describe('the check finds', () => {
  const given = [note(0), note(1, 'account:b'), note(2), note(3, 'account:b')];
  const waysOf = async (run: Pipeline['run']): Promise<readonly string[]> =>
    (await checkPipeline(pipeline(run), [{ name: 'x', given, expect: {} }])).map(({ way }) => way);

  it('state hidden in scan', async () => {
    expect(
      await waysOf((input) =>
        input.pipe(
          scan((sum) => sum + 1, 0),
          map((n) => count(n)),
        ),
      ),
    ).toContain('restored');
  });

  it('outputs put off to a later tick', async () => {
    expect(
      await waysOf((input) =>
        input.pipe(
          map(() => count(1)),
          delay(0),
        ),
      ),
    ).toContain('synchronous');
  });

  it('a state changed in place', async () => {
    const findings = await checkPipeline(
      pipeline((input, state) =>
        input.pipe(
          state.keyed<Input, { list: number[] }, ScoreDraft>('list', {
            initial: { list: [] },
            ttl: '1d',
            on: (remembered) => {
              remembered.list.push(1);
              return { state: { list: remembered.list }, emit: [count(remembered.list.length)] };
            },
          }),
        ),
      ),
      [{ name: 'x', given, expect: {} }],
    );
    expect(findings.length).toBeGreaterThan(0);
  });

  it('an operator subscribed twice', async () => {
    const findings = await checkPipeline(
      pipeline((input, state) => {
        const counts = input.pipe(
          counted(state, 'notes', { match: isEvent, within: '1d' }),
          map(({ count: n }) => count(n)),
        );
        return merge(counts, counts);
      }),
      [{ name: 'x', given, expect: {} }],
    );
    expect(findings.map(({ message }) => message).join()).toMatch(/subscribes "counted:notes" twice/);
  });

  it('a pipeline that throws on an event, and lets the others pass', async () => {
    const findings = await checkPipeline(
      pipeline((input) =>
        input.pipe(
          map((one) => {
            if (one.entity === 'account:b') throw new Error('cannot handle b');
            return count(1);
          }),
        ),
      ),
      [{ name: 'x', given, expect: { scores: [{ name: 'count', entity: 'account:a' }] } }],
    );
    expect(findings.map(({ message }) => message).join()).toMatch(/cannot handle b/);
    expect(findings.map(({ message }) => message).join()).not.toMatch(/no score/);
  });
});
