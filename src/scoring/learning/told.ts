import type { Contribution } from '../../core/score.ts';
import { limited } from '../limit.ts';
import type { Effect, Prediction } from './logistic.ts';
import { probabilityOf } from './probability.ts';

/** The first of the reasons: how it stands with a case of which nothing is known. */
export const averageCase = 'average case';

/** More reasons than these are told as one, `others`. */
const toldMax = 12;

/**
 * The reasons of a probability: what an average case has, and what each effect adds to it. Log-odds are shared out over
 * the difference of the probabilities, so that `weight × value` add up to the probability, and never to more than is certain.
 */
export function toldOf(
  { probability, logit, base, contributions }: Prediction,
  saidBy: (effect: Effect) => { readonly eventId: string; readonly quote: string | null } | undefined,
  eventId: string,
): readonly Contribution[] {
  const usual = probabilityOf(base);
  // Where they are all but equal, the curve's slope stands for the quotient.
  const share = Math.abs(logit - base) < 1e-6 ? usual * (1 - usual) : (probability - usual) / (logit - base);
  const reasons = contributions
    .map((effect) => ({ effect, weight: effect.weight * share, value: effect.value }))
    .filter(({ weight, value }) => weight * value !== 0)
    .toSorted((a, b) => Math.abs(b.weight * b.value) - Math.abs(a.weight * a.value));
  const told = reasons.slice(0, toldMax).map(({ effect, weight, value }) => {
    const { eventId: by, quote } = saidBy(effect) ?? { eventId, quote: null };
    return { name: effect.name, weight, value, eventId: by, quote };
  });
  const others = reasons.slice(toldMax).reduce((sum, { weight, value }) => sum + weight * value, 0);
  const parts = [
    { name: averageCase, weight: 1, value: usual, eventId, quote: null },
    ...told,
    ...(others === 0 ? [] : [{ name: 'others', weight: 1, value: others, eventId, quote: null }]),
  ];
  return limited(parts, 0, 1, eventId).contributions;
}
