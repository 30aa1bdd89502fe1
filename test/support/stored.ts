import { createClickHouseStore, type StoreOptions } from '../../src/store/clickhouse/client.ts';
import type { Store } from '../../src/store/store.ts';
import type { Items, Outcome } from './outcome.ts';

/** How often each table holds each key, as read with FINAL, and how many rows lie there in all. */
export interface Stored {
  readonly tables: Readonly<Record<Table, readonly string[]>>;
  readonly rows: number;
}

type Table = 'events' | 'scores' | 'insights' | 'tasks' | 'alert_transitions' | 'alerts' | 'agent_runs';

const keys: Readonly<Record<Table, string>> = {
  events: 'id',
  scores: 'id',
  insights: 'id',
  tasks: 'id',
  alert_transitions: "concat(id, ' ', toString(version))",
  alerts: "concat(id, ' ', toString(version))",
  agent_runs: "concat(run, ' ', key)",
};
/** Reads a store: the embedded one of a daemon that has stopped, or a server. */
export async function storedIn(place: StoreOptions): Promise<Stored> {
  const store = await createClickHouseStore(place);
  try {
    const keysOf = async (table: Table) =>
      (await ask(store, `SELECT ${keys[table]} AS key FROM weir.${table} FINAL ORDER BY key`)).map(({ key }) =>
        String(key),
      );
    const tables = {
      events: await keysOf('events'),
      scores: await keysOf('scores'),
      insights: await keysOf('insights'),
      tasks: await keysOf('tasks'),
      alert_transitions: await keysOf('alert_transitions'),
      alerts: await keysOf('alerts'),
      agent_runs: await keysOf('agent_runs'),
    };
    const all = Object.keys(tables).map((table) => `(SELECT count() FROM weir.${table})`);
    const [counted] = await ask(store, `SELECT toInt32(${all.join(' + ')}) AS rows`);
    return { tables, rows: Number(counted?.['rows']) };
  } finally {
    await store.close();
  }
}

const ask = async (store: Store, sql: string) =>
  (await store.inquire(sql)) as readonly Readonly<Record<string, unknown>>[];

/** Where the store is not exactly what the log holds, in words. */
export function unstored({ tables: found }: Stored, outcome: Outcome): string[] {
  return [
    ...compare('events', found.events, outcome.events),
    ...compare('scores', found.scores, outcome.scores),
    ...compare('insights', found.insights, new Map([...outcome.insights, ...outcome.runInsights])),
    ...compare('tasks', found.tasks, outcome.tasks),
    ...compare('alert_transitions', found.alert_transitions, outcome.transitions),
    ...compare('alerts', found.alerts, newest(outcome.transitions)),
    ...compare('agent_runs', found.agent_runs, outcome.runs),
  ];
}

/** The last version of each alert. */
function newest(transitions: Items): Items {
  const last = new Map<string, string>();
  for (const key of transitions.keys()) last.set(key.split(' ')[0] ?? '', key);
  return new Map([...last.values()].map((key) => [key, '']));
}

function compare(table: Table, found: readonly string[], wanted: Items): string[] {
  const seen = new Set(found);
  const missing = [...wanted.keys()].filter((key) => !seen.has(key));
  const beyond = [...seen].filter((key) => !wanted.has(key));
  const say = (what: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`${table}: ${list.length} ${what}: ${list.slice(0, 3).join(', ')}`];
  return [
    ...say('are in the log and not in ClickHouse', missing),
    ...say('are in ClickHouse and not in the log', beyond),
    ...(found.length === seen.size ? [] : [`${table}: ${found.length - seen.size} rows are there twice`]),
  ];
}
