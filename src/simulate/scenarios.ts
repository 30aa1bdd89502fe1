import type { World } from './ordinary/happening.ts';
import type { Timetable } from './scenario.ts';
import { type Cast, createCast, type Story } from './stories/cast.ts';
import { churn } from './stories/churn.ts';
import { coldDeal } from './stories/cold-deal.ts';
import { competitorLaunch } from './stories/competitor-launch.ts';
import { outage } from './stories/outage.ts';
import { dispute, largePayment, paymentFailures } from './stories/payments.ts';

/** Every planted story. The order is settled: with the seed it decides which account a story is told of. */
export const stories: readonly Story[] = [
  churn,
  coldDeal,
  paymentFailures,
  outage,
  competitorLaunch,
  largePayment,
  dispute,
];

/** `calm`: nothing is planted, and nothing above a warning should come of it; `all`: every story; else one story by its name. */
export const scenarioNames: readonly string[] = ['calm', 'all', ...stories.map(({ name }) => name)];

const day = 86_400_000;

/** Tells a scenario's stories within `start` … `end` (ms). Throws a RangeError for an unknown scenario or too short a period. */
export function plant(
  scenario: string,
  period: { start: number; end: number },
  world: World,
): { readonly told: readonly Timetable[]; readonly cast: Cast } {
  const chosen = storiesOf(scenario);
  const cast = createCast(world.company, world.random.fork('cast'));
  const told = chosen.map((story) => {
    const slack = period.end - period.start - story.days * day;
    if (slack < 0) throw new RangeError(`the story "${story.name}" takes ${story.days} days; give it as many`);
    const random = world.random.fork(story.name);
    return story.tell(period.start + slack * story.place, cast, { ...world, random });
  });
  return { told, cast };
}

function storiesOf(scenario: string): readonly Story[] {
  if (scenario === 'calm') return [];
  if (scenario === 'all') return stories;
  const story = stories.find(({ name }) => name === scenario);
  if (!story) throw new RangeError(`no scenario "${scenario}"; there are ${scenarioNames.join(', ')}`);
  return [story];
}
