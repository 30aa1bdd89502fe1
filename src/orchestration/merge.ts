import type { AgentInsight, Evidence } from '../core/agent.ts';
import { idOf } from '../core/ids.ts';
import type { Finding, FoundBy } from '../core/orchestration.ts';

/** A finding as one agent made it. */
export interface Made {
  readonly insight: AgentInsight;
  readonly by: FoundBy;
  /** How many different pieces of evidence it rests on; of an answer of a lesser way half of them. */
  readonly weight: number;
  readonly skill: string;
  /** Its report has no other about the same entity by the same measure. */
  readonly alone: boolean;
}

/** Findings that say the same, and the one they are merged into. */
export interface Cluster {
  readonly finding: Finding;
  readonly members: readonly Made[];
}

/** Of findings about one entity by one measure, those that say the same together. In the order they came. */
export function clustersOf(group: readonly Made[], org: string): readonly Cluster[] {
  const clusters: Made[][] = [];
  for (const made of group) {
    const same = clusters.find((members) => members.some((other) => saysTheSame(other, made)));
    if (same) same.push(made);
    else clusters.push([made]);
  }
  return clusters.map((members) => ({ members, finding: merged(members, org) }));
}

/** Of one kind, and with figures within a tenth of each other. */
function saysTheSame(a: Made, b: Made): boolean {
  if (a.insight.kind !== b.insight.kind || !isOfTheSame(a, b)) return false;
  const [x, y] = [a.insight.effect.value, b.insight.effect.value];
  return Math.abs(x - y) <= 0.1 * Math.max(Math.abs(x), Math.abs(y));
}

/**
 * Whether two findings about one entity by one measure speak of one thing. A measure such as Cohen's d says little of that: they
 * have to put it in the same words, figures apart, or to have asked the same, or to be the only answer to the same task.
 * What one agent tells apart in one report is not the same.
 */
export function isOfTheSame(a: Made, b: Made): boolean {
  if (a.by.step === b.by.step) return false;
  if (wordsOf(a) === wordsOf(b)) return true;
  if (a.skill === b.skill && a.alone && b.alone) return true;
  const asked = new Set(a.insight.evidence.map(questionOf));
  return b.insight.evidence.some((piece) => asked.has(questionOf(piece)));
}

const wordsOf = ({ insight: { title } }: Made): string => title.toLowerCase().replaceAll(/[\d.,%+-]+/g, '#');

const questionOf = ({ query, params }: Evidence): string =>
  JSON.stringify([query, Object.entries(params).toSorted(byName)]);

/** In the words of the one with the most evidence. Of at least one. */
function merged(same: readonly Made[], org: string): Finding {
  const [best, ...others] = same.toSorted(
    (a, b) => b.weight - a.weight || b.by.calibrated - a.by.calibrated || (a.by.step < b.by.step ? -1 : 1),
  );
  if (!best) throw new RangeError('nothing to merge');
  const { insight } = best;
  const { entity, kind, effect, title } = insight;
  const steps = same.map(({ by }) => by.step);
  const id = idOf('finding', org, entity, kind, effect.name, effect.unit, String(effect.value), title, ...steps);
  return {
    ...insight,
    id,
    evidence: distinct([best, ...others].flatMap(({ insight }) => insight.evidence)),
    confidence: pooled(same),
    by: same.map(({ by }) => by).toSorted((a, b) => (a.step < b.step ? -1 : 1)),
  };
}

/**
 * The confidences in one: their log-odds on average, each by its evidence (logarithmic opinion pool: Genest and Zidek 1986). An
 * agent that saw the same rows as another adds a view, and no certainty of its own.
 */
function pooled(same: readonly Made[]): number {
  const total = same.reduce((sum, { weight }) => sum + weight, 0);
  const logit = same.reduce((sum, { by, weight }) => sum + weight * logitOf(by.calibrated), 0) / total;
  return 1 / (1 + Math.exp(-logit));
}

/** No agent is surer than 999 in 1,000. */
function logitOf(probability: number): number {
  const inside = Math.min(0.999, Math.max(0.001, probability));
  return Math.log(inside / (1 - inside));
}

/** The same question with the same rows is one piece, in the words it came in first. */
function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  const pieces = new Map<string, Evidence>();
  for (const piece of evidence) {
    const key = `${piece.rowsHash} ${questionOf(piece)}`;
    if (!pieces.has(key)) pieces.set(key, piece);
  }
  return [...pieces.values()];
}

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);
