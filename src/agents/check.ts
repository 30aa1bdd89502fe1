import { z } from 'zod';
import { abstain, createAnalyst, found, type Analysis, type Found } from './shared/analyst.ts';

/** Checks what another agent found, before anybody acts on it. */
export const check = createAnalyst({
  name: 'check',
  version: 2,
  description: 'Whether what another agent reports can be relied on: its evidence is asked again',
  skills: {
    check: {
      description: 'Asks every question of a report again: the same rows, or it is sent back',
      output: ['verdict', 'differs'],
      find: checked,
    },
    clearance: {
      description: 'What a person approved, where its evidence still gives the same rows: for whoever carries it out',
      output: ['cleared', 'lapsed'],
      find: cleared,
    },
  },
});

/** What it needs of a report; of anything else that is shown there is nothing to check. */
const reportsSchema = z.array(
  z.object({
    insights: z.array(
      z.object({
        title: z.string(),
        evidence: z.array(
          z.object({ query: z.string(), params: z.record(z.string(), z.string()), rowsHash: z.string() }),
        ),
      }),
    ),
  }),
);

/** The verdict `accept`, or `send-back` with the findings whose evidence no longer gives the same rows. */
async function checked(analysis: Analysis): Promise<Found> {
  const differs = await differing(analysis);
  return found([], { verdict: differs.length === 0 ? 'accept' : 'send-back', differs });
}

/** What a person has approved; nothing where its evidence gives other rows by now: then it is to be proposed anew. */
async function cleared(analysis: Analysis): Promise<Found> {
  if (shownTo(analysis).length === 0)
    return abstain('No report that says what it is proposed by: nothing can be asked again.');
  const lapsed = await differing(analysis);
  return found([], { cleared: lapsed.length === 0 ? (analysis.task.input['proposals'] ?? []) : [], lapsed });
}

/** Titles of the findings whose evidence no longer gives the same rows. */
async function differing(analysis: Analysis): Promise<string[]> {
  const { tools } = analysis;
  const differs = new Set<string>();
  for (const { title, evidence } of shownTo(analysis).flatMap(({ insights }) => insights)) {
    for (const { query, params, rowsHash } of evidence) {
      tools.signal.throwIfAborted();
      const again = await tools.data.ask(query, params);
      if (again.evidence('').rowsHash !== rowsHash) differs.add(title);
    }
  }
  return [...differs];
}

const shownTo = ({ task }: Analysis) => reportsSchema.safeParse(task.input['reports']).data ?? [];
