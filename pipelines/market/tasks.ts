import type { OperatorFunction } from 'rxjs';
import { durationMs } from '../../src/core/duration.ts';
import type { ScoreDraft, State, TaskDraft } from '../../src/pipeline/define.ts';
import { evidenceOf } from '../../src/pipeline/evidence.ts';
import { settings } from './settings.ts';

/** What is written about one move comes in over days. */
const movesLast = '7d';

/** Agents look closer at a competitor's move: with the first news that matters, and not again for a week. */
export function newsToLookInto(state: State): OperatorFunction<ScoreDraft, TaskDraft> {
  return state.keyed<ScoreDraft, number | null, TaskDraft>('looked-into', {
    initial: null,
    ttl: movesLast,
    on(before, impact, { time, entity }) {
      const matters = entity.startsWith('competitor:') && impact.value >= state.tuned(settings).newsFrom;
      const isNews = before === null || time - before >= durationMs(movesLast);
      return matters && isNews ? { state: time, emit: [lookInto(impact)] } : { state: before, emit: [] };
    },
  });
}

const lookInto = (impact: ScoreDraft): TaskDraft => ({
  output: 'task',
  name: 'market_intelligence',
  goal: 'Say what this competitor does, whom it may cost, and what to do',
  context: { because: evidenceOf(impact).text },
  alert: { rule: 'market-news' },
});
