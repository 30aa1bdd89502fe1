import type { AgentInsight } from '../../core/agent.ts';
import type { Board } from '../../orchestration/agent.ts';
import { agreed, notedOn, type Note } from '../shared/agreed.ts';

/** The note of a run on which its agents agree whom the trouble comes from: the surest stands. */
const suspect = 'suspect';

/** Writes down whom the first of the findings is about. Without a finding nothing is said. */
export async function suspected(board: Board, by: string, [first]: readonly AgentInsight[]): Promise<void> {
  if (!first) return;
  const { entity: value, confidence, evidence } = first;
  await agreed(board, suspect, { value, by, confidence, evidence: evidence.length }, 'surer-stands');
}

/** Whom the agents of the run suspect, as far as they have come; who says so, how sure, and who had to yield. */
export const suspectOn = (board: Board): Promise<Note | undefined> => notedOn(board, suspect);
