import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { createAgentData } from '../../../src/agents/data.ts';
import type { AgentReport } from '../../../src/core/agent.ts';
import type { StreamEvent } from '../../../src/core/event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Score } from '../../../src/core/score.ts';
import { createTurns } from '../../../src/core/turns.ts';
import type { Agent, Board } from '../../../src/orchestration/agent.ts';
import { createAsking } from '../../../src/store/query/ask.ts';
import type { TableName } from '../../../src/store/store.ts';
import { openTestStore, testLimits } from '../../support/store.ts';

export interface Asked {
  readonly agent: Agent;
  readonly org: string;
  readonly skill: string;
  readonly asOf: string;
  readonly entity?: string;
  readonly input?: JsonObject;
  /** Absent: one of its own. */
  readonly board?: Board;
}

/** A real ClickHouse with organisations in it, and a way to run one skill on one of them. */
export interface Lab {
  /** What is told in one turn of the loop is inserted at once: each insert makes parts of its own, and a question reads them all. */
  store(rows: {
    readonly events?: readonly StreamEvent[];
    readonly scores?: readonly (Score & { readonly ordinal?: number })[];
    /** Rows of any other table, as `insert` of the store takes them. */
    readonly others?: Readonly<Partial<Record<TableName, readonly object[]>>>;
  }): Promise<void>;
  /**
   * The report of a skill, whose form has been checked. Of the first {@link askedAgain} reports of a kind, all evidence gave the
   * same rows when it was asked again.
   */
  run(asked: Asked): Promise<AgentReport>;
  close(): Promise<void>;
}

/** Asking again takes as long as finding out, and shows the same for each company that a skill is tried on. */
const askedAgain = 4;

export async function openLab(): Promise<Lab> {
  const { store, close } = await openTestStore();
  const asking = createAsking({ store, limits: testLimits });
  const inTurn = createTurns(1);
  const reports = new Map<string, number>();
  const told = new Map<TableName, object[]>();
  let telling: Promise<void> | undefined;
  const insert = async (table: TableName, rows: readonly object[]): Promise<void> => {
    if (rows.length === 0) return;
    const bytes = Buffer.from(rows.map((row) => `${JSON.stringify({ storedAt: 1, ...row })}\n`).join(''));
    expect(await store.insert(table, bytes)).toEqual({ kind: 'stored' });
  };
  const tell = (table: TableName, rows: readonly object[]) => told.set(table, [...(told.get(table) ?? []), ...rows]);
  const insertTold = async (): Promise<void> => {
    await nextTurn();
    telling = undefined;
    const tables = [...told];
    told.clear();
    for (const [table, rows] of tables) await insert(table, rows);
  };
  return {
    store({ events = [], scores = [], others = {} }) {
      tell('events', events);
      tell('scores', scores);
      for (const [table, rows] of Object.entries(others)) tell(tableNamed(table), rows);
      return (telling ??= insertTold());
    },
    run: (asked) => inTurn(() => run(asked)),
    close,
  };

  async function run({
    agent,
    org,
    skill,
    asOf,
    entity,
    input = {},
    board = createBoard(),
  }: Asked): Promise<AgentReport> {
    const data = createAgentData({ asking, org });
    const task = { key: `r/${skill}`, org, entity: entity ?? null, skill, goal: skill, asOf, input };
    const report = await reportOf(agent, task, {
      data,
      board,
      signal: new AbortController().signal,
      seed: 7,
      budget: { money: 0, tokens: 0, calls: 0, agentSeconds: 60 },
    });
    expectWellFormed(report);
    const kind = [agent.card.name, skill, entity !== undefined, ...Object.keys(input)].join(' ');
    const before = reports.get(kind) ?? 0;
    reports.set(kind, before + 1);
    if (before >= askedAgain) return report;
    const evidence = report.insights.flatMap((insight) => insight.evidence);
    // Findings may rest on one and the same question.
    const questions = new Map(evidence.map((each) => [JSON.stringify([each.query, each.params, each.rowsHash]), each]));
    for (const { query, params, rowsHash, text } of questions.values()) {
      const again = (await data.ask(query, params)).evidence(text);
      expect(again.rowsHash, `asked again: ${text}`).toBe(rowsHash);
    }
    return report;
  }
}

const tables: readonly TableName[] = ['events', 'scores', 'insights', 'alerts', 'alert_transitions', 'dead_letters'];
function tableNamed(name: string): TableName {
  const table = tables.find((each) => each === name);
  if (table === undefined) throw new RangeError(`no table ${name}`);
  return table;
}

export async function reportOf(...[agent, task, tools]: [Agent, ...Parameters<Agent['run']>]): Promise<AgentReport> {
  let report: AgentReport | undefined;
  for await (const said of agent.run(task, tools)) if (said.says === 'report') ({ report } = said);
  if (!report) throw new Error(`${agent.card.name} ended without a report`);
  return report;
}

/** Each finding has evidence, an effect, a confidence and an action; who abstains finds nothing, and says what is missing. */
function expectWellFormed({ abstained, insights }: AgentReport): void {
  if (abstained !== null) {
    expect(insights).toEqual([]);
    expect(abstained.length).toBeGreaterThan(10);
  }
  for (const { title, detail, evidence, effect, confidence, action } of insights) {
    expect(evidence.length, title).toBeGreaterThan(0);
    expect(Number.isFinite(effect.value), `${title}: ${effect.name} ${effect.value}`).toBe(true);
    expect(confidence, title).toBeGreaterThan(0);
    expect(confidence, title).toBeLessThanOrEqual(1);
    expect(action.text, title).not.toBe('');
    expect(action.expectedValue === null || Number.isFinite(action.expectedValue), title).toBe(true);
    expect(`${title} ${detail} ${action.text}`).not.toMatch(/undefined|NaN|Infinity|null/);
  }
}

/** The notes of a run, in memory. */
export function createBoard(): Board {
  const notes = new Map<string, Exclude<Awaited<ReturnType<Board['get']>>, undefined>>();
  return {
    get: async (name) => notes.get(name),
    put: async (name, value, expected) => {
      const revision = notes.get(name)?.revision ?? 0;
      if (revision !== expected) return { kind: 'moved' };
      notes.set(name, { value, revision: revision + 1 });
      return { kind: 'stored', revision: revision + 1 };
    },
  };
}
