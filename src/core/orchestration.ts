import type { AgentInsight } from './agent.ts';

/** What came of a run: what its agents found, merged, with what they disagree on and what nobody could say. */
export interface OrchestrationResult {
  readonly run: string;
  readonly org: string;
  /** Whom it is about; null: the organisation as a whole. */
  readonly entity: string | null;
  readonly kind: string;
  readonly goal: string;
  /** As of when, event time, RFC 3339 UTC. */
  readonly asOf: string;
  /** The most telling first. */
  readonly findings: readonly Finding[];
  readonly contradictions: readonly Contradiction[];
  readonly missing: readonly Missing[];
  /** 0 … 1: that of its first finding, times the share of the steps that did not fail; who abstains has not. 0 where nothing was found. */
  readonly confidence: number;
  /** Part of it is the answer of a lesser way. */
  readonly degraded: boolean;
  /** In sentences, with no figure that is not in a finding. */
  readonly summary: string;
}

/** A finding that one agent or several made: its confidence is weighted by evidence and calibrated. */
export interface Finding extends AgentInsight {
  /** A hash of what it says of whom, of its own in the result. */
  readonly id: string;
  readonly by: readonly FoundBy[];
}

/** Who found it, and how sure they were. */
export interface FoundBy {
  readonly step: string;
  readonly agent: string;
  readonly version: number;
  /** 0 … 1, as the agent said it, and after what became of its earlier findings. */
  readonly said: number;
  readonly calibrated: number;
}

/** Two findings that cannot both be so. Both are kept, each less sure for the other. */
export interface Contradiction {
  /** `direction` one says up and the other down, `size` they differ by more than half. */
  readonly kind: 'direction' | 'size';
  readonly entity: string;
  /** The effect that both measure. */
  readonly effect: string;
  /** Ids of findings: which stands by `rule`, and which yields to it. */
  readonly stands: string;
  readonly yields: string;
  readonly rule: string;
  readonly why: string;
}

/** What nobody could say, and why. */
export interface Missing {
  readonly step: string;
  readonly skill: string;
  readonly reason: 'abstained' | 'failed' | 'skipped' | 'left-out';
  readonly why: string;
}
