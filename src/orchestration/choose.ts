import type { AgentCard } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import { sfc32 } from '../core/random.ts';
import type { Complexity, Level } from './complexity.ts';
import type { Risk } from './policy.ts';
import { countOf, posteriorAt, subjectOf, type Posteriors } from './posteriors.ts';
import { skillOf } from './registry.ts';
import { patterns, type Pattern } from './run.ts';
import { betaDraw } from './sampling.ts';

/** What a pattern is chosen by. */
export interface Case {
  readonly complexity: Complexity;
  readonly risk: Risk;
  /** 0 … 1: over how many agents the skills are spread; 0 when one agent has them all. */
  readonly spread: number;
  /** Patterns that may be chosen: not `hierarchical` at the depth cap, not `swarm` with one agent a skill. */
  readonly allowed: readonly Pattern[];
}

export interface PatternChoice {
  readonly chosen: Pattern;
  readonly seed: number;
  readonly ranking: readonly {
    readonly pattern: Pattern;
    readonly score: number;
    /** 0 … 1, before anything was learnt, and drawn with what was. */
    readonly expected: number;
    readonly drawn: number;
    /** What it costs beside one agent a step, and what that takes from the score. */
    readonly effort: number;
    readonly why: string;
  }[];
}

/** What is expected of a pattern beforehand counts as so many outcomes. */
const expectedCounts = 6;
const effortWeight = 0.05;
/** Tasks for one step, with the usual settings: a check nearly always, a second round seldom. */
const efforts: Readonly<Record<Pattern, number>> = { solo: 1, pair: 2.2, hierarchical: 1.5, swarm: 3.5 };

/**
 * The pattern for a case: what is expected of each by complexity, risk and spread of skills, moved by what runs have taught in
 * cases like it (a Beta posterior over the expectation, drawn as in `selected`), less what it costs.
 */
export function patternFor(one: Case, posteriors: Posteriors, at: number, seed: number): PatternChoice {
  const ranking = patterns
    .filter((pattern) => pattern === 'solo' || one.allowed.includes(pattern))
    .map((pattern) => {
      const expected = expectedOf(pattern, one);
      const subject = patternSubject(pattern, one);
      const posterior = posteriorAt(posteriors, subject, at);
      const drawn = betaDraw(
        sfc32(idOf('pattern', String(seed), subject)),
        expectedCounts * expected + posterior.successes,
        expectedCounts * (1 - expected) + posterior.failures,
      );
      const effort = efforts[pattern];
      const why = `${Math.round(expected * 100)} % expected, ${posterior.successes.toFixed(1)} of ${countOf(posterior).toFixed(1)} in cases like it`;
      return { pattern, score: drawn - effortWeight * (effort - 1), expected, drawn, effort, why };
    })
    .toSorted((a, b) => b.score - a.score || (a.pattern < b.pattern ? -1 : 1));
  return { chosen: ranking[0]?.pattern ?? 'solo', seed, ranking };
}

/** Under what a run in the pattern teaches of it: cases are alike in level and risk. */
export const patternSubject = (pattern: Pattern, { complexity, risk }: Pick<Case, 'complexity' | 'risk'>): string =>
  subjectOf('pattern', pattern, `${complexity.level}-${risk}`);

/** 0 … 1: how the skills of a plan are spread over the agents that can; the fewest agents that cover them, taken greedily. */
export function spreadOf(skills: readonly string[], cards: readonly AgentCard[]): number {
  const wanted = [...new Set(skills)];
  let agents = 0;
  let left = wanted;
  while (left.length > 0) {
    const rest = cards.map((card) => left.filter((skill) => !skillOf(card, skill)));
    const [smallest] = rest.toSorted((a, b) => a.length - b.length);
    if (!smallest || smallest.length === left.length) break;
    left = smallest;
    agents += 1;
  }
  return wanted.length < 2 ? 0 : Math.max(0, agents - 1) / (wanted.length - 1);
}

const solid: Readonly<Record<Level, number>> = { simple: 0.9, moderate: 0.75, complex: 0.55 };
const checked: Readonly<Record<Risk, number>> = { low: 0, medium: 0.1, high: 0.25 };

/** How likely a run in the pattern goes well, before anything is known: our own estimate, and learnt away within a dozen runs. */
function expectedOf(pattern: Pattern, { complexity: { level }, risk, spread }: Case): number {
  const alone = solid[level] - checked[risk];
  const expected: Readonly<Record<Pattern, number>> = {
    solo: alone,
    pair: alone + 0.05 + checked[risk],
    hierarchical: level === 'complex' ? alone + 0.1 + 0.2 * spread : alone - 0.05,
    swarm: level === 'simple' ? alone : alone + 0.1 + (risk === 'high' ? 0.1 : 0),
  };
  return Math.min(0.9, expected[pattern]);
}
