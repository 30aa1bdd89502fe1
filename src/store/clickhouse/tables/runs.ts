import { messageOf } from '../../../core/errors.ts';
import { orgOfSubject } from '../../../log/subjects.ts';
import { decodeEntry, keyOf, type Entry, type Fact } from '../../../orchestration/facts.ts';
import type { Rewriting } from './rewriting.ts';

/**
 * RUNS → `agent_runs`, a row for each fact of each run, and `insights`, those of its result. What runs are, how they stand and who
 * worked with whom are views over the facts, as a run is a fold over them. What triggers remember is no fact of a run.
 */
export const runs: Rewriting = {
  stream: 'RUNS',
  tables: ['agent_runs', 'insights'],
  pull: 100,
  keeps: ({ subject }) => subject.startsWith('weir.runs.'),
  write: ({ sequence, storedAt, subject, data }, rows) => {
    const { at, facts } = entryIn(data);
    const whose = { org: orgOfSubject(subject) ?? '', run: subject.split('.')[3] ?? '', at, storedAt };
    for (const [ordinal, fact] of facts.entries()) {
      rows('agent_runs').add(sequence, { ...whose, ordinal, ...columnsOf(fact) });
      if (fact.fact !== 'result-synthesised') continue;
      for (const insight of insightsIn(fact)) rows('insights').add(sequence, { ...insight, storedAt });
    }
  },
};

/** Throws a SyntaxError for what is no entry. */
function entryIn(data: Uint8Array): Entry {
  try {
    return decodeEntry(data);
  } catch (error) {
    throw new SyntaxError(messageOf(error), { cause: error });
  }
}

/** What is asked of most facts in columns of their own; the rest is in `data`. */
function columnsOf(fact: Fact) {
  return {
    key: keyOf(fact),
    fact: fact.fact,
    step: 'step' in fact ? fact.step : '',
    number: 'attempt' in fact ? fact.attempt : 'number' in fact ? fact.number : 0,
    agent: 'agent' in fact ? fact.agent : '',
    worker: 'worker' in fact ? fact.worker : '',
    by: 'by' in fact ? fact.by : '',
    outcome: 'outcome' in fact ? fact.outcome : '',
    fault: 'fault' in fact ? fact.fault : '',
    why: 'why' in fact && typeof fact.why === 'string' ? fact.why : '',
    tookMs: 'tookMs' in fact ? fact.tookMs : null,
    ...('spent' in fact ? fact.spent : undefined),
    data: JSON.stringify(fact),
  };
}

/** Older results have none. */
function insightsIn({ result }: Extract<Fact, { fact: 'result-synthesised' }>): readonly object[] {
  const { insights } = result;
  return Array.isArray(insights) ? insights.filter((insight) => typeof insight === 'object' && insight !== null) : [];
}
