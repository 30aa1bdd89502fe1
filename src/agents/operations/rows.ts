import type { z } from 'zod';
import type { AgentInsight, Evidence } from '../../core/agent.ts';
import type { Rows } from '../../orchestration/agent.ts';

/** Rows that have been read: a question that does not give what its schema says is a bug of ours, and throws a ZodError. */
export interface Read<T> {
  readonly rows: readonly T[];
  evidence(text: string): Evidence;
}

export async function read<T>(answer: Promise<Rows>, row: z.ZodType<T>): Promise<Read<T>> {
  const asked = await answer;
  return { rows: asked.rows.map((each) => row.parse(each)), evidence: (text) => asked.evidence(text) };
}

/** An action of which nobody knows what it is worth in money. */
export const unpriced = (text: string): AgentInsight['action'] => ({ text, expectedValue: null, currency: null });
