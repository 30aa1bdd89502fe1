import { canonical } from '../core/canonical.ts';
import { jsonAt } from '../core/read.ts';
import type { Fact } from './facts.ts';
import { gathered } from './gather.ts';
import { gatheredFrom } from './given.ts';
import { withoutAnswer } from './ladder.ts';
import type { Condition } from './run.ts';
import { isOver, type StepView } from './steps.ts';

/** Of the steps that wait, those that nobody has to do: skipped where their condition is not so, and gathered. */
export function passing(views: readonly StepView[]): readonly Fact[] {
  const byId = new Map(views.map((view) => [view.step.id, view]));
  return views.flatMap((view): readonly Fact[] => {
    const { when, gather } = view.step;
    if (view.status !== 'waiting' || (!when && !gather)) return [];
    const verdict = when ? holds(when, byId.get(when.step)) : 'so';
    if (verdict === 'open') return [];
    if (verdict !== 'so') return [{ fact: 'step-skipped', step: view.step.id, why: verdict }];
    return gather ? gathering(view, views) : [];
  });
}

/** `so`, `open` while that cannot be said, or why it is not so. */
function holds({ step, name, is }: Condition, view: StepView | undefined): string {
  if (!view || !isOver(view)) return 'open';
  const value = jsonAt(view.output, name) ?? null;
  if ((view.status === 'finished' || view.status === 'degraded') && canonical(value) === canonical(is)) return 'so';
  return `not needed: ${name} of ${step} is ${canonical(value)}`;
}

/** Early, where enough agree: then whoever can change nothing any more need not go on, unless it has something to take back. */
function gathering(view: StepView, views: readonly StepView[]): readonly Fact[] {
  const { id, gather } = view.step;
  if (!gather) return [];
  const result = gathered(gather, views.map(gatheredFrom));
  if (result.kind === 'waiting') return [];
  if (result.kind === 'failed') return [withoutAnswer(view, result.why)];
  const needless = views.filter(({ step }) => result.stop.includes(step.id));
  if (needless.some(({ step, attempts }) => attempts.length > 0 && (step.undo !== undefined || step.child))) return [];
  return [
    { fact: 'step-gathered', step: id, output: result.output, from: [...result.from], why: result.why },
    ...needless.map(({ step }): Fact => ({ fact: 'step-skipped', step: step.id, why: `not needed: ${result.why}` })),
  ];
}
