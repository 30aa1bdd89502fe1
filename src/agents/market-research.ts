import { competitors } from './market-research/competitors.ts';
import { opportunity } from './market-research/opportunity.ts';
import { positioning } from './market-research/positioning.ts';
import { trends } from './market-research/trends.ts';
import { createAnalyst } from './shared/analyst.ts';

/** The market: where deals are won best, what competitors do, what is talked about more, and against whom deals are lost. */
export const marketResearch = createAnalyst({
  name: 'market-research',
  version: 1,
  description: 'Looks at the market: industries that buy well, competitors on the move, topics that rise, lost ground',
  skills: {
    opportunity: {
      description: 'Industries in which more deals are won than elsewhere, and what more of them are worth',
      output: ['industries'],
      find: opportunity,
    },
    competitors: {
      description: 'Competitors of whom news or customers speak more than before, and the customers who do',
      output: ['competitors on the move'],
      find: competitors,
    },
    trends: {
      description: 'Topics of market news that rise or fall',
      output: ['topics'],
      find: trends,
    },
    positioning: {
      description: 'Competitors against whom fewer or more deals are won than without any',
      output: ['competitors apart', 'share of voice'],
      find: positioning,
    },
  },
});
