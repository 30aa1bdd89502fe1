import { givenTo, type AgentCard, type AgentReport, type SubTask } from '../../core/agent.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Agent, AgentSays, AgentTools } from '../../orchestration/agent.ts';
import { ToolFault } from './fault.ts';
import type { ToolOptions, ToolServerOptions } from './options.ts';
import type { ToolAnswer } from './result.ts';
import type { ToolServer } from './tool-server.ts';

/** The tools of one server as an agent: a skill each. It rejects with a `ToolFault`, or with the reason of the signal. */
export function createMcpAgent(options: ToolServerOptions, server: Pick<ToolServer, 'call'>): Agent {
  const bySkill = new Map(Object.entries(options.tools).map(([name, tool]) => [tool.skill, { name, tool }]));

  async function* run(task: SubTask, { signal }: AgentTools): AsyncGenerator<AgentSays> {
    const asked = bySkill.get(task.skill);
    if (!asked) throw new ToolFault('invalid', `${options.name} has no skill ${task.skill}`);
    const left = new AbortController();
    const progress = createLatest<AgentSays>();
    const calling = server.call({
      tool: asked.name,
      args: argumentsOf(task, asked.tool),
      signal: AbortSignal.any([signal, left.signal]),
      onProgress: (done, text) => progress.set({ says: 'progress', done, text }),
    });
    try {
      yield* progress.until(calling);
      yield { says: 'report', report: reportOf(await calling, asked.tool) };
    } finally {
      left.abort();
    }
  }

  return { card: cardOf(options), run };
}

function cardOf({ name, version, concurrent, timeoutMs, tools }: ToolServerOptions): AgentCard {
  return {
    name: `mcp-${name}`,
    version,
    description: `Tools of the MCP server ${name}`,
    skills: Object.values(tools).map(({ skill, description, sideEffects, undo, output, cost, arguments: taken }) => ({
      id: skill,
      description,
      input: Object.values(taken).filter((from) => !alwaysGiven.has(from)),
      output: [output],
      cost,
      sideEffects,
      ...(undo !== undefined && { undo }),
    })),
    // Behind the server's own, which knows better what happened.
    limits: { concurrent, timeoutMs: timeoutMs + graceMs },
  };
}

const graceMs = 1_000;

const alwaysGiven: ReadonlySet<string> = new Set(['key', 'entity', 'goal', 'asOf']);

/** Throws a `ToolFault` (`invalid`) where the task lacks what an argument is taken from. */
function argumentsOf(task: SubTask, tool: ToolOptions): JsonObject {
  const own: Readonly<Record<string, Json>> = { key: task.key, entity: task.entity, goal: task.goal, asOf: task.asOf };
  const names = givenTo(task);
  const taken = Object.entries(tool.arguments).map(([name, from]): readonly [string, Json] => {
    const given = alwaysGiven.has(from) ? own[from] : Object.hasOwn(names, from) ? names[from] : undefined;
    if (given === undefined || given === null) {
      throw new ToolFault('invalid', `the task has no ${from}, which ${tool.skill} needs`);
    }
    return [name, given];
  });
  return { ...tool.constants, ...Object.fromEntries(taken) };
}

/** No findings: a tool's answer rests on nothing that could be asked again. It is what other agents are given. */
function reportOf(answer: ToolAnswer, { output }: ToolOptions): AgentReport {
  return { insights: [], abstained: null, output: { [output]: answer }, degraded: false };
}

/** Keeps the newest of what is told faster than it is read. */
function createLatest<T>(): { set(value: T): void; until(end: Promise<unknown>): AsyncGenerator<T> } {
  let latest: T | undefined;
  let wake: (() => void) | undefined;
  return {
    set(value) {
      latest = value;
      wake?.();
    },
    async *until(end) {
      const ending = end.then(
        () => 'over',
        () => 'over',
      );
      for (;;) {
        const next = latest;
        latest = undefined;
        if (next !== undefined) yield next;
        else if ((await Promise.race([ending, told()])) === 'over') return;
      }
    },
  };

  function told(): Promise<string> {
    return new Promise((resolve) => (wake = () => resolve('told')));
  }
}
