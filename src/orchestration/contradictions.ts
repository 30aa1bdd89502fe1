import type { Contradiction, Finding } from '../core/orchestration.ts';
import { isOfTheSame, type Cluster } from './merge.ts';
import { resolved, type ConflictRule } from '../core/conflicts.ts';

export interface Contradicted {
  /** Each less sure for those that contradict it. */
  readonly findings: readonly Finding[];
  readonly contradictions: readonly Contradiction[];
}

/** Of findings about one entity by one measure, those that cannot both be so: named, and which one stands. */
export function contradictionsIn(clusters: readonly Cluster[], rule: ConflictRule): Contradicted {
  const pairs = clusters.flatMap((one, index) =>
    clusters.slice(index + 1).flatMap((other) => {
      const kind = one.members.some((a) => other.members.some((b) => isOfTheSame(a, b)))
        ? contradicts(one.finding, other.finding)
        : undefined;
      return kind === undefined ? [] : [{ a: one.finding, b: other.finding, kind }];
    }),
  );
  const contradictions = pairs.map(({ a, b, kind }): Contradiction => {
    const { stands, yields, why } = resolved(rule, heldOf(a), heldOf(b));
    const { entity, effect } = a;
    return { kind, entity, effect: effect.name, stands: stands.id, yields: yields.id, rule, why };
  });
  return {
    findings: clusters.map(({ finding }) => {
      const against = pairs.flatMap(({ a, b }) => (a === finding ? [b] : b === finding ? [a] : []));
      const confidence = against.reduce((sure, { confidence }) => besides(sure, confidence), finding.confidence);
      return { ...finding, confidence };
    }),
    contradictions,
  };
}

/** A risk is not an opportunity, and up is not down; and one is not half of the other. */
function contradicts(a: Finding, b: Finding): Contradiction['kind'] | undefined {
  const [x, y] = [a.effect.value, b.effect.value];
  const opposed = (a.kind === 'risk' && b.kind === 'opportunity') || (a.kind === 'opportunity' && b.kind === 'risk');
  if (opposed || x * y < 0) return 'direction';
  return Math.abs(x - y) > 0.5 * Math.max(Math.abs(x), Math.abs(y)) ? 'size' : undefined;
}

/** How sure one may be beside another that excludes it: Dempster's rule for two such claims (Shafer 1976). */
const besides = (sure: number, other: number): number => {
  const both = sure * other;
  return both >= 1 ? 0.5 : (sure - both) / (1 - both);
};

const heldOf = ({ id, by, confidence, evidence }: Finding) => ({
  id,
  by: [...new Set(by.map(({ agent }) => agent))].join(' and '),
  confidence,
  evidence: new Set(evidence.map(({ rowsHash }) => rowsHash)).size,
  holders: by.length,
});
