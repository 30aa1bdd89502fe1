import { LRUCache } from 'lru-cache';
import { givenTo, type AgentCard, type AgentReport, type SubTask } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import { canonical } from '../core/canonical.ts';

/** An answer, and whose it is where another task had asked the same. */
export interface Answer {
  readonly report: AgentReport;
  readonly reused: Reused | undefined;
}

/** `shared`: the other was under way; `kept`: it was answered. `savedMs`: what that had taken, which was not taken again. */
export interface Reused {
  readonly of: string;
  readonly how: 'shared' | 'kept';
  readonly savedMs: number;
}

/** What the agents of one process answered lately, and are being asked. */
export interface Answers {
  /** Asks, unless the same is being asked, or was answered and is fresh: then it is that answer. Rejects as `ask` does. */
  of(card: AgentCard, task: SubTask, ask: () => Promise<AgentReport>): Promise<Answer>;
}

interface Kept {
  readonly key: string;
  /** Event time, ms since 1970. */
  readonly asOf: number;
  readonly report: AgentReport;
  readonly tookMs: number;
}

/** Bytes of reports kept, about. */
const keptBytesMax = 16 * 1024 * 1024;

/**
 * Only of skills that declare `freshMs`: what they answer depends on what they declare to be given and on the time asked about, and holds
 * for so much longer. What comes of a lesser way is not kept. `now` in ms, for how long it took.
 */
export function createAnswers(now: () => number): Answers {
  const kept = new LRUCache<string, Kept>({
    maxSize: keptBytesMax,
    sizeCalculation: ({ report }) => JSON.stringify(report).length,
  });
  const asking = new Map<string, { readonly key: string; readonly asOf: number; readonly answer: Promise<Kept> }>();

  async function of(card: AgentCard, task: SubTask, ask: () => Promise<AgentReport>): Promise<Answer> {
    const skill = card.skills.find(({ id }) => id === task.skill);
    const freshMs = skill?.sideEffects === 'none' ? skill.freshMs : undefined;
    if (skill === undefined || freshMs === undefined) return { report: await ask(), reused: undefined };
    const same = sameAs(card, task, skill.input);
    const asOf = Date.parse(task.asOf);
    const isFresh = (other: { readonly asOf: number }) => asOf >= other.asOf && asOf - other.asOf <= freshMs;

    const before = kept.get(same);
    if (before && isFresh(before)) return reusedOf(before, 'kept');
    const other = asking.get(same);
    if (other && isFresh(other)) {
      const answer = await other.answer.catch(() => undefined);
      // Whoever asked may have been stopped, or run out of time: that is no answer to this task.
      return answer ? reusedOf(answer, 'shared') : of(card, task, ask);
    }
    const answer = answerTo(task.key, asOf, ask);
    const mine = { key: task.key, asOf, answer };
    asking.set(same, mine);
    try {
      const { report, ...about } = await answer;
      if (!report.degraded) kept.set(same, { report, ...about });
      return { report, reused: undefined };
    } finally {
      if (asking.get(same) === mine) asking.delete(same);
    }
  }

  async function answerTo(key: string, asOf: number, ask: () => Promise<AgentReport>): Promise<Kept> {
    const began = now();
    const report = await ask();
    return { key, asOf, report, tookMs: Math.max(0, Math.round(now() - began)) };
  }

  return { of };
}

const reusedOf = ({ key, report, tookMs }: Kept, how: Reused['how']): Answer => ({
  report,
  reused: { of: key, how, savedMs: tookMs },
});

/** One name for all tasks that ask the same, at whatever time. */
function sameAs(card: AgentCard, task: SubTask, names: readonly string[]): string {
  const { org, entity, skill } = task;
  const given = givenTo(task);
  return idOf(canonical([card.name, card.version, org, entity, skill, names.map((name) => given[name] ?? null)]));
}
