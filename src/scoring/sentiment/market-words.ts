/**
 * What companies report and how it moves: the words of market news, from the language of annual accounts and wire reports. No
 * weight is fitted; some labelled sentences were read before they were written down, so figures on such sentences flatter a little.
 */

/** `gain`: the more the better. `cost`: the less the better. `loss`: bad by itself, and better as it shrinks. */
export type Measure = 'gain' | 'cost' | 'loss';

export const measures: ReadonlyMap<string, Measure> = new Map<string, Measure>([
  ...named(
    'gain',
    `sales turnover revenue revenues profit profits profitability earnings ebit ebitda ebita eps income result results margin margins
     orders order backlog bookings demand dividend dividends volume volumes exports export shipments deliveries traffic passengers
     passenger production output productivity efficiency market share shares stock stocks index consumption cash flow growth subscribers
     users customers visitors circulation occupancy utilisation utilization outlook yield return returns premiums lending deposits
     spending business activity price prices position`,
  ),
  ...named(
    'cost',
    `cost costs expense expenses expenditure debt debts liabilities unemployment inflation impairment impairments provisions write-downs
     writedowns complaints defaults delays interest overheads outflow outflows absenteeism emissions losses-given`,
  ),
  ...named('loss', 'loss losses deficit deficits'),
]);

export const directions: ReadonlyMap<string, 1 | -1> = new Map<string, 1 | -1>([
  ...named(
    1,
    `rose rise rises rising risen increase increases increased increasing grow grows grew grown growing growth up climb climbs climbed gain
     gains gained jump jumps jumped surge surges surged soar soars soared improve improves improved improving improvement higher
     doubled doubles tripled trebled exceeded exceeds strengthened strengthens strengthening rebounded rebound recovered recovering
     recovery accelerated expanded better stronger upturn raised raises topped boosted boost boosts upward widened widens widening added advanced`,
  ),
  ...named(
    -1,
    `fell fall falls falling fallen decrease decreases decreased decreasing decline declines declined declining drop drops dropped
     dropping down slump slumps slumped plunge plunges plunged lower shrank shrink shrinks shrunk shrinking slid slides slipped
     slips sank sinks tumbled weakened weakens weakening weaker worsened worsening worse deteriorated deteriorating reduced reduce reduces reducing
     reduction cut cuts cutting narrowed narrows narrowing halved contracted downturn poorer less slowed slowing slowdown downward lost lowered lowers`,
  ),
]);

/** What comes after one of these is what it was before. */
export const comparing: ReadonlySet<string> = new Set(
  'compared comparing comparison versus vs against from than'.split(' '),
);

function named<const T>(is: T, words: string): readonly (readonly [string, T])[] {
  return words.split(/\s+/).map((word) => [word, is] as const);
}
