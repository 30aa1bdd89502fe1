import { describe, expect, it } from 'vitest';
import type { AgentInsight } from '../../src/core/agent.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { LearningPool } from '../../src/orchestration/pool.ts';
import type { Said } from '../../src/orchestration/said.ts';
import { choiceOf, completed, doing, planned, reported, requested, scheduled } from './support/facts.ts';
import { aFinding, churned, having, sure } from './support/pools.ts';

describe('how sure agents are to be taken, by what came later', () => {
  const about = (skill: string, given: Partial<AgentInsight> = {}) =>
    having([
      'r',
      requested('r'),
      planned(doing('look', { skill })),
      scheduled('look', choiceOf('a')),
      reported('look', { insights: [aFinding({ subject: 'x-1', ...given })] }),
      completed,
    ]);
  const told = { entity: 'account:brightloom', subject: 'x-1', time: '2026-06-20T00:00:00.000Z' };
  const growing = { kind: 'opportunity' } as const;
  const deal = (won: boolean): Extract<Said, { said: 'deal' }> => ({ said: 'deal', ...told, won });
  const payment = (fraud: boolean): Said => ({ said: 'payment', ...told, fraud });

  it.each<readonly [string, LearningPool, Said, 'falls' | 'rises' | 'stays']>([
    ['a deal that was warned of is lost', about('pipeline'), deal(false), 'rises'],
    ['a deal that was warned of is won', about('pipeline'), deal(true), 'falls'],
    ['another deal of the customer is lost', about('pipeline', { subject: 'x-2' }), deal(false), 'stays'],
    [
      'a deal is lost, and only a step at which deals stop was named',
      about('pipeline', { kind: 'optimisation' }),
      deal(false),
      'stays',
    ],
    ['a deal was lost before that', about('pipeline'), { ...deal(false), time: '2026-05-01T00:00:00.000Z' }, 'stays'],
    ['a deal of another customer is lost', about('pipeline'), { ...deal(false), entity: 'account:other' }, 'stays'],
    ['a customer who was said to have room to grow buys', about('expansion', growing), deal(true), 'rises'],
    ['a customer who was said to have room to grow does not buy', about('expansion', growing), deal(false), 'falls'],
    [
      'a customer who was said to have room to grow leaves',
      about('expansion', growing),
      churned(true, '2026-06-20'),
      'falls',
    ],
    [
      'a customer who was said to have room to grow stays',
      about('expansion', growing),
      churned(false, '2026-09-20'),
      'stays',
    ],
    ['another customer buys', about('expansion', { ...growing, entity: 'account:other' }), deal(true), 'stays'],
    [
      'a customer who was said to have room to grow buys a year later',
      about('expansion', growing),
      { ...deal(true), time: '2027-06-01T00:00:00.000Z' },
      'stays',
    ],
    ['a payment that was called unusual was fraud', about('kpis'), payment(true), 'rises'],
    ['a payment that was called unusual was none', about('kpis'), payment(false), 'falls'],
    ['another payment was fraud', about('kpis', { subject: 'x-2' }), payment(true), 'stays'],
    ['something else has the id of a payment', about('health'), payment(true), 'stays'],
  ])('follows what came: when %s', (_, pool, said, how) => {
    pool.sawSaid('acme', said, 50, 0);
    const change = Math.sign(sure(pool) - 0.9);
    expect(change).toBe({ falls: -1, rises: 1, stays: 0 }[how]);
  });

  const range = (month: string, lower: number, upper: number) => ({ month, currency: 'EUR', lower, upper });
  const ahead = { months: [range('2026-06', 90, 110), range('2026-07', 80, 120)] };
  const brought = (...paid: readonly (readonly [month: string, paid: number])[]) => ({
    months: [range('2026-09', 0, 1)],
    'past months': paid.map(([month, paid]) => ({ month, currency: 'EUR', paid })),
  });

  it.each<readonly [string, JsonObject, string, 'falls' | 'rises' | 'stays']>([
    ['as much came as it said', brought(['2026-06', 80], ['2026-07', 120]), 'org:acme', 'rises'],
    ['less came', brought(['2026-06', 80], ['2026-07', 80]), 'org:acme', 'falls'],
    ['more came', brought(['2026-06', 130], ['2026-07', 120]), 'org:acme', 'falls'],
    ['a month of it is not over', brought(['2026-05', 90], ['2026-06', 100]), 'org:acme', 'stays'],
    ['as much came of somebody else', brought(['2026-06', 80], ['2026-07', 120]), 'account:brightloom', 'stays'],
  ])('follows what a later forecast tells: %s', (_, output, entity, how) => {
    const forecast = (run: string, agent: string, output: JsonObject, entity: string) =>
      [
        run,
        requested(run),
        planned(doing('look', { skill: 'forecast' })),
        scheduled('look', choiceOf(agent)),
        reported('look', { insights: [aFinding({ kind: 'opportunity', entity })], output }),
        completed,
      ] as const;
    const pool = having(forecast('r', 'a', ahead, 'org:acme'), forecast('s', 'b', output, entity));
    expect(Math.sign(sure(pool) - 0.9)).toBe({ falls: -1, rises: 1, stays: 0 }[how]);
    expect(sure(pool, 'b')).toBe(0.9);
  });

  const day = 24 * 3_600_000;
  it.each<readonly [string, number, number, 'falls' | 'rises' | 'stays']>([
    ['has more seats after two months', 60, 120, 'rises'],
    ['has as many seats after two months', 60, 100, 'stays'],
    ['has as many seats after half a year', 200, 100, 'falls'],
    ['has fewer seats after half a year', 200, 80, 'falls'],
    ['has more seats after half a year, and nobody knows since when', 200, 120, 'stays'],
    ['had more seats before that', -30, 120, 'stays'],
  ])('follows what became of room to grow: the customer %s', (_, days, seats, how) => {
    const look = (run: string, agent: string, asOf: number, seats: number, insights: readonly AgentInsight[]) =>
      [
        run,
        requested(run, { asOf: new Date(asOf).toISOString() }),
        planned(doing('look', { skill: 'expansion' })),
        scheduled('look', choiceOf(agent)),
        reported('look', { insights, output: { seats: [{ entity: 'account:brightloom', seats }] } }),
        completed,
      ] as const;
    const since = Date.UTC(2026, 5, 1);
    const pool = having(look('r', 'a', since, 100, [aFinding(growing)]), look('s', 'b', since + days * day, seats, []));
    expect(Math.sign(sure(pool) - 0.9)).toBe({ falls: -1, rises: 1, stays: 0 }[how]);
  });
});
