import { z } from 'zod';
import type { Config } from '../config/schema.ts';
import type { Cost } from '../core/agent.ts';
import type { Clock } from '../core/clock.ts';
import { durationMs } from '../core/duration.ts';
import { WeirError } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
import {
  after,
  noLedger,
  release,
  reserve,
  settle,
  toldBy,
  type BudgetDecision,
  type BudgetFact,
  type Ledger,
  type Limits,
} from './budget.ts';
import type { Fact, FactOf } from './facts.ts';
import { factOf } from './fold.ts';
import { askedFirst, type Run, type RunRequest } from './run.ts';
import { timers } from './steps.ts';

/** What the daily budget tells of itself. */
export interface DailyBudgetHappenings {
  /** An account (`<day>`, `<day>/<rule>`) came to this share of its limit, spent or reserved: each once. */
  budgetReached(org: string, account: string, share: number): void;
  budgetRefused(org: string, account: string, of: string): void;
  conductorRetrying(error: unknown): void;
}

export interface DailyBudgetDeps {
  readonly kv: Log['kv'];
  readonly clock: Clock;
  /** Undefined: nothing is limited, and nothing kept. */
  readonly limits: Limits | undefined;
  /** A run as its subject has it; without a request where there is none (any more). */
  runOf(org: string, run: string): Promise<Run>;
  /** The sequence of the last message of a run's subject; 0 where there is none (any more). */
  lastOf(org: string, run: string): Promise<number>;
  readonly happened: DailyBudgetHappenings;
}

/** What organisations may spend on agents a day, shared by all daemons. */
export interface DailyBudget {
  /**
   * The same facts, with what is scheduled reserved at its worst case; in place of what there is no money for, that it is refused. `decidedOn`: the
   * last message of the run that was read. Where there is one behind it the log takes none of the facts, and nothing is reserved: what is
   * settled already would count twice.
   */
  afford(request: RunRequest, facts: readonly Fact[], decidedOn: number): Promise<readonly Fact[]>;
  /** A fact is in the log: an attempt that ended costs what it cost, one whose end nobody told the worst, one that never began nothing. */
  heard(org: string, run: string, fact: Fact): Promise<void>;
  /** What ended while nobody was here, as the runs have it. */
  settleMissed(): Promise<void>;
}

const amounts = z.object({ money: z.int(), tokens: z.int(), calls: z.int(), agentSeconds: z.int() });
const ledgerSchema: z.ZodType<Ledger> = z.object({
  accounts: z.record(z.string(), z.object({ limit: amounts, spent: amounts, reserved: amounts, told: z.number() })),
  reservations: z.record(z.string(), z.object({ accounts: z.array(z.string()), amounts })),
});

const prefix = 'budget.';
/** Each attempt lost means another writer's won. So many in a row is no race any more. */
const attemptsMax = 100;

export function createDailyBudget({ kv, clock, limits, runOf, lastOf, happened }: DailyBudgetDeps): DailyBudget {
  /** The last change under way, by organisation: of one process they go one after another. */
  const turns = new Map<string, Promise<unknown>>();

  async function ledgerOf(org: string): Promise<{ readonly ledger: Ledger; readonly revision: number }> {
    const held = await kv.get(`${prefix}${org}`);
    if (!held) return { ledger: noLedger, revision: 0 };
    return {
      ledger: ledgerSchema.parse(JSON.parse(Buffer.from(held.value).toString('utf8'))),
      revision: held.revision,
    };
  }

  /** Changes the ledger by compare-and-set: decides again on what another daemon left. */
  async function changed<T>(org: string, decide: (ledger: Ledger) => Decided<T> | Promise<Decided<T>>): Promise<T> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const { ledger: before, revision } = await ledgerOf(org);
      const { facts, answer } = await decide(before);
      if (facts.length === 0) return answer;
      const now = facts.reduce(after, before);
      const stored = await kv.put(`${prefix}${org}`, Buffer.from(JSON.stringify(now)), revision);
      if (stored.kind === 'moved') continue;
      for (const { account, share } of toldBy(before, now)) happened.budgetReached(org, account, share);
      return answer;
    }
    throw new WeirError('log-unavailable', `The budget of ${org} is written to from elsewhere without end.`);
  }

  /** Settles what a run holds by what is recorded of it: nobody need have been here when it was. */
  async function settleBy(org: string, run: Run, id: string): Promise<void> {
    await inTurn(org, () =>
      changed(org, (ledger) => {
        const held = Object.keys(ledger.reservations).filter((key) => runIn(key) === id);
        return { facts: held.flatMap((key) => factIn(decisionBy(ledger, key, run))), answer: undefined };
      }),
    );
  }

  function inTurn<T>(org: string, work: () => Promise<T>): Promise<T> {
    const mine = (turns.get(org) ?? Promise.resolve()).then(work, work);
    turns.set(org, mine);
    const forget = () => {
      if (turns.get(org) === mine) turns.delete(org);
    };
    mine.then(forget, forget);
    return mine;
  }

  return {
    async afford(request, facts, decidedOn) {
      const costly = facts.filter(isCostly);
      if (!limits || costly.length === 0) return facts;
      const { org, id } = request;
      const at = new Date(clock.now()).toISOString();
      const refused = await inTurn(org, () =>
        changed(org, async (ledger) => {
          // After the ledger was read: what is settled in it was decided before that, and shows.
          const isBehind = (await lastOf(org, id)) > decidedOn;
          return reserved(ledger, limits, request, isBehind ? [] : costly, at);
        }),
      );
      for (const { account, of } of refused.values()) happened.budgetRefused(org, account, of);
      return facts.map((fact) => {
        const refusal = fact.fact === 'step-scheduled' ? refused.get(keyOf(id, fact)) : undefined;
        if (!refusal || fact.fact !== 'step-scheduled') return fact;
        const { account, of, needed, left } = refusal;
        const why = `the budget of ${account} is used up: it needs ${needed} ${of}, ${left} is left`;
        return { fact: 'budget-refused', step: fact.step, why };
      });
    },
    async heard(org, run, fact) {
      if (!limits) return;
      if (fact.fact === 'run-ended') return settleBy(org, await runOf(org, run), run);
      const ended = endIn(run, fact);
      if (!ended) return;
      await inTurn(org, () =>
        changed(org, (ledger) => ({ facts: factIn(settle(ledger, ended.key, ended.spent)), answer: undefined })),
      );
    },
    async settleMissed() {
      if (!limits) return;
      for (const key of await kv.keys(prefix)) {
        const org = key.slice(prefix.length);
        const open = Object.keys((await ledgerOf(org)).ledger.reservations);
        for (const run of new Set(open.map(runIn))) await settleBy(org, await runOf(org, run), run);
      }
    },
  };
}

/** What becomes of the ledger, and what whoever asked wants to know. */
interface Decided<T> {
  readonly facts: readonly BudgetFact[];
  readonly answer: T;
}

type Refusal = Extract<BudgetDecision, { reason: 'exhausted' }>;

/** Of its own for each attempt: a fallback is reserved anew. */
const keyOf = (run: string, { step, attempt }: FactOf<'step-scheduled'>): string => `${run}/${step}#${attempt}`;

/** What is taken back is taken back whatever it costs; a run under a run reserves for itself, step by step. */
const isCostly = (fact: Fact): fact is FactOf<'step-scheduled'> =>
  fact.fact === 'step-scheduled' && fact.child === undefined && !fact.step.startsWith('undo/');

function reserved(
  ledger: Ledger,
  limits: Limits,
  request: RunRequest,
  costly: readonly FactOf<'step-scheduled'>[],
  at: string,
): Decided<ReadonlyMap<string, Refusal>> {
  const refused = new Map<string, Refusal>();
  const facts: BudgetFact[] = [];
  let then = ledger;
  // What runs under a run do counts for the rule that asked for it.
  const { kind: rule } = askedFirst(request);
  for (const fact of costly) {
    const key = keyOf(request.id, fact);
    const decision = reserve(then, limits, { key, rule, at, cost: fact.reserve });
    if (decision.kind === 'append') {
      facts.push(decision.fact);
      then = after(then, decision.fact);
    } else if (decision.kind === 'refused') {
      if (decision.reason === 'exhausted') refused.set(key, decision);
      // Of so many some end soon.
      else
        throw new WeirError(
          'log-unavailable',
          'More steps are under way than the budget can hold; they are tried again.',
        );
    }
  }
  return { facts, answer: refused };
}

const runIn = (key: string): string => key.slice(0, key.indexOf('/'));

/** What becomes of a reservation by what is recorded of its run; undefined while its attempt is under way, or may still be decided. */
function decisionBy(ledger: Ledger, key: string, run: Run): BudgetDecision | undefined {
  // Of a run that has aged out nobody knows.
  if (!factOf(run, 'requested')) return settle(ledger, key, null);
  const ended = factOf(run, 'run-ended') !== undefined;
  const [step, number] = [key.slice(key.indexOf('/') + 1, key.lastIndexOf('#')), key.slice(key.lastIndexOf('#') + 1)];
  const attempt = Number(number);
  // It was reserved and then decided otherwise, by another conductor or after a crash.
  if (!factOf(run, 'step-scheduled', step, attempt)) return ended ? release(ledger, key) : undefined;
  const finished = factOf(run, 'step-finished', step)?.fact;
  const told = finished?.attempt === attempt ? finished : factOf(run, 'step-failed', step, attempt)?.fact;
  if (told) return settle(ledger, key, told.spent);
  return ended || factOf(run, 'timer', timers.attempt(step, attempt)) ? settle(ledger, key, null) : undefined;
}

/** Which reservation a fact ends, and what it cost. Null: nobody told, so the worst. */
function endIn(
  run: string,
  fact: Fact,
): { readonly key: string; readonly spent: FactOf<'step-finished'>['spent'] | null } | undefined {
  if (fact.fact === 'step-finished' || fact.fact === 'step-failed') {
    return { key: `${run}/${fact.step}#${fact.attempt}`, spent: fact.spent };
  }
  if (fact.fact !== 'timer') return undefined;
  const [kind, step, attempt] = fact.name.split(' ');
  return kind === 'attempt' ? { key: `${run}/${step}#${attempt}`, spent: null } : undefined;
}

const factIn = (decision: BudgetDecision | undefined): readonly BudgetFact[] =>
  decision?.kind === 'append' ? [decision.fact] : [];

/** What a day may cost; undefined where nothing is limited. */
export function limitsOf({ budget, budgets }: Config['runs']): Limits | undefined {
  const rules = Object.entries(budgets);
  if (Object.keys(budget).length === 0 && rules.length === 0) return undefined;
  return { org: costOf(budget), rules: Object.fromEntries(rules.map(([rule, each]) => [rule, costOf(each)])) };
}

function costOf(budget: Config['runs']['budget']): Cost {
  const { money = Infinity, tokens = Infinity, calls = Infinity, agentTime } = budget;
  return { money, tokens, calls, agentSeconds: agentTime === undefined ? Infinity : durationMs(agentTime) / 1_000 };
}
