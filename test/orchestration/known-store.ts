import { expect } from 'vitest';
import { createAgentData } from '../../src/agents/data.ts';
import type { Embedder } from '../../src/core/embedder.ts';
import { createKnowing, type KnowingDeps } from '../../src/orchestration/known.ts';
import { vectorsLacking } from '../../src/orchestration/past-cases.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import type { TableName } from '../../src/store/store.ts';
import { transitionsOf } from '../agents/operations/alerting.ts';
import { aScore, anEvent, openTestStore, testLimits } from '../support/store.ts';
import { aRequest } from './support/reference.ts';

const day = 86_400_000;

const asOf = Date.UTC(2026, 5, 1);

const rfc = (at: number) => new Date(at).toISOString();

const own = 'account:brightloom';

/** A run that looks into payments of a customer that the store knows. */
export const request = aRequest('r', {
  asOf: rfc(asOf),
  entity: own,
  goal: 'Payments of Brightloom fail',
  context: { health: 40 },
});

type Insert = (table: TableName, rows: readonly object[]) => Promise<void>;

export type KnownStore = Awaited<ReturnType<typeof knownStore>>;

/** A store that knows of the customer, of others and of another organisation, also what is later than the run. */
export async function knownStore() {
  const { store, close } = await openTestStore();
  const insert: Insert = async (table, rows) => {
    const bytes = Buffer.from(rows.map((row) => `${JSON.stringify({ storedAt: 1, ...row })}\n`).join(''));
    expect(await store.insert(table, bytes)).toEqual({ kind: 'stored' });
  };
  await tellEvents(insert);
  await tellScores(insert);
  await tellCases(insert);
  const data = (org: string) => createAgentData({ asking: createAsking({ store, limits: testLimits }), org });
  return {
    knowing: (over: Partial<KnowingDeps> = {}) => createKnowing({ data, withinMs: 30_000, ...over }),
    /** Gives an organisation's past cases vectors; how many there were. */
    async embedAll(org: string, embedder: Embedder): Promise<number> {
      const rows = await vectorsLacking(org, data(org), embedder, asOf, AbortSignal.timeout(30_000));
      if (rows.length > 0) await insert('case_vectors', rows);
      return rows.length;
    },
    close,
  };
}

async function tellEvents(insert: Insert): Promise<void> {
  const events = Array.from({ length: 60 }, (_, at) =>
    anEvent({ id: `e${at}`, time: rfc(asOf - at * 3_600_000), entity: own }),
  );
  await insert('events', [
    ...events,
    anEvent({ id: 'later', time: rfc(asOf + 1), entity: own }),
    anEvent({ id: 'theirs', org: 'globex', time: rfc(asOf - 1), entity: own }),
  ]);
}

async function tellScores(insert: Insert): Promise<void> {
  const health = (entity: string, value: number, at: number) =>
    aScore({
      id: `${entity}${at}`,
      name: 'customer_health',
      entity,
      value,
      time: rfc(at),
      contributions: ['a', 'b', 'c', 'd'].map((name, index) => ({
        name,
        weight: 1,
        value: index,
        eventId: 'e1',
        quote: null,
      })),
    });
  const days = Array.from({ length: 10 }, (_, index) => health(own, 80, asOf - (index + 2) * day));
  const others = [60, 70, 90].map((value, index) => health(`account:other${index}`, value, asOf - day));
  await insert('scores', [...days, health(own, 40, asOf - 3_600_000), ...others, health('service:api', 1, asOf - day)]);
}

async function tellCases(insert: Insert): Promise<void> {
  const at = asOf - 40 * day;
  const told = [
    { rule: 'late', entity: own, at: asOf - day, title: 'Invoice of Brightloom unpaid' },
    {
      rule: 'fail',
      entity: 'account:other1',
      at,
      title: 'Payments fail over and over',
      ended: { hours: 5, by: 'ann', why: 'new card on file' },
    },
    {
      rule: 'quiet',
      entity: 'account:other2',
      at,
      title: 'Nobody logs in',
      ended: { hours: 50, by: 'bob', why: 'they were on holiday' },
    },
    {
      rule: 'fail',
      entity: 'account:other0',
      at: asOf + day,
      title: 'Payments fail in the future',
      ended: { hours: 5 },
    },
  ];
  await insert(
    'alert_transitions',
    told.flatMap((one) => transitionsOf('acme', one)),
  );
  // A run that looked into it ended after it did.
  const [failing] = told.filter(({ ended }) => ended?.by === 'ann').map((one) => transitionsOf('acme', one).at(-1));
  const investigated = { transition: 'investigated', by: 'agents', why: 'a run is completed', at: rfc(at + day) };
  await insert('alert_transitions', [{ ...failing, ...investigated, version: 3 }]);
  await insert(
    'alert_transitions',
    transitionsOf('globex', { rule: 'fail', entity: own, at, title: 'Payments fail elsewhere', ended: { hours: 1 } }),
  );
  await insert('agent_runs', past('then', 'Why do payments fail?', asOf - 9 * day));
}

/** A run that is over, as the archive has it. */
function past(run: string, goal: string, at: number): object[] {
  const result = {
    entity: 'account:other1',
    kind: 'financial',
    goal,
    asOf: rfc(at),
    summary: 'The card had expired.',
    findings: [{}],
  };
  const row = {
    org: 'acme',
    run,
    at: rfc(at),
    ordinal: 0,
    step: '',
    number: 0,
    agent: '',
    worker: '',
    by: '',
    fault: '',
    why: '',
    tookMs: null,
    money: 0,
    tokens: 0,
    calls: 0,
    agentSeconds: 0,
  };
  return [
    {
      ...row,
      key: 'result-synthesised',
      fact: 'result-synthesised',
      outcome: '',
      data: JSON.stringify({ fact: 'result-synthesised', result }),
    },
    { ...row, key: 'run-ended', fact: 'run-ended', outcome: 'completed', data: '{}' },
  ];
}
