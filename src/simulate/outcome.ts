import { quantile } from '../core/quantile.ts';
import { causes, meet, meets, type Seen } from './expectations.ts';
import type { Caused, Expected } from './scenario.ts';

/** What the stories of a simulation cause. */
export interface Planted {
  readonly expected: readonly Expected[];
  readonly also: readonly Caused[];
}

/** An alert each time it was opened. */
export interface Opening extends Seen {
  readonly id: string;
}

/** What became of the planted stories, and what was alerted besides. */
export interface Outcome {
  readonly stories: readonly StoryOutcome[];
  /** Alerts no story accounts for, by an opening of which that is so; each once. */
  readonly unplanned: readonly Opening[];
}

export interface StoryOutcome {
  readonly story: string;
  /** The alerts it has to cause. */
  readonly planted: number;
  /** Those that were not raised. It is found when there are none. */
  readonly missing: readonly Expected[];
  /**
   * Event time from the first event by which the first of its planted alerts can be known until one of them was opened,
   * ms; null where none was.
   */
  readonly delayMs: number | null;
}

/**
 * An opening belongs to a story when kind, entity and rule are those of an alert the story has to cause or may well cause,
 * and it lies within that alert's time. An alert is planned when all its openings belong to stories.
 */
export function outcomeOf({ expected, also }: Planted, openings: readonly Opening[]): Outcome {
  const causedByAny = [...expected, ...also];
  const unplanned = openings.filter((opening) => !causedByAny.some((caused) => causes(caused, opening)));
  const names = [...new Set(expected.map(({ story }) => story))];
  return {
    stories: names.map((name) =>
      storyOutcome(
        name,
        expected.filter(({ story }) => story === name),
        openings,
      ),
    ),
    unplanned: [...new Map(unplanned.map((opening) => [opening.id, opening])).values()],
  };
}

function storyOutcome(story: string, expected: readonly Expected[], openings: readonly Opening[]): StoryOutcome {
  const telling = Math.min(...expected.map(({ from }) => from));
  const met = openings.filter((opening) => expected.some((one) => meets(one, opening)));
  const delays = met.map(({ openedAt }) => Date.parse(openedAt) - telling);
  return {
    story,
    planted: expected.length,
    missing: meet(expected, openings).missing,
    delayMs: delays.length === 0 ? null : Math.min(...delays),
  };
}

/** The median delay of the stories that were found, by nearest rank; null where none was. */
export function medianDelayMs(stories: readonly StoryOutcome[]): number | null {
  const delays = stories
    .filter(({ missing }) => missing.length === 0)
    .flatMap(({ delayMs }) => (delayMs === null ? [] : [delayMs]));
  return quantile(
    delays.toSorted((a, b) => a - b),
    0.5,
  );
}

/** Of all alerts, so many may be about nothing that was planted: an ordinary company has ordinary trouble. */
export const unplannedShareMax = 0.1;
