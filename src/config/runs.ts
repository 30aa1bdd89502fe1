import { z } from 'zod';
import { option } from './about.ts';
import { count, duration } from './values.ts';

const dailyBudget = () =>
  z.strictObject({
    money: option(z.number().min(0).exactOptional(), 'US dollars a day.'),
    tokens: option(z.number().min(0).exactOptional(), 'Tokens of models a day.'),
    calls: option(z.number().min(0).exactOptional(), 'Calls of models and tools a day.'),
    agentTime: option(duration.exactOptional(), 'Time of agents a day, all of them together.'),
  });

const trigger = () =>
  z.strictObject({
    settle: option(duration.exactOptional(), 'As `runs.settle`.'),
    cooldown: option(duration.exactOptional(), 'As `runs.cooldown`.'),
    perDay: option(count.exactOptional(), 'As `runs.perDay`.'),
  });

/** `runs` in the configuration. */
export const runs = z.strictObject({
  inFlightPerOrg: option(count.default(8), 'Runs of agents of one organisation at once; the others wait.'),
  waitingPerOrg: option(count.default(1_000), 'Runs of one organisation that may wait; beyond it they are refused.'),
  parkedPerOrg: option(
    count.default(100),
    'Runs of one organisation that may wait for people alone; beyond it nobody can ask for another by hand. They keep no others waiting.',
  ),
  agentsAtOnce: option(
    count.default(4),
    'Agents at work at once. Each may have a query under way: stay below `query.maxConcurrent`.',
  ),
  settle: option(duration.default('5s'), 'A run that a pipeline asks for waits so long for what belongs to it.'),
  cooldown: option(
    duration.default('6h'),
    'After a run that a pipeline asked for the same rule starts no other about the same entity for so long.',
  ),
  personWait: option(
    duration.default('24h'),
    'So long a person is waited for, where no agent could do a step or take it back.',
  ),
  clearance: option(
    z.boolean().default(false),
    'A person is asked to approve what the step `remediation` proposes, before it is cleared for whoever carries it out. The run waits for that, a day at most.',
  ),
  budget: dailyBudget().prefault({}),
  budgets: option(
    z.record(z.string().min(1).max(100), dailyBudget()).default({}),
    'Budgets of a day for the runs of one rule or kind alone, within `runs.budget`. What is absent is not limited.',
    { each: 'rule' },
  ),
  perDay: option(count.default(100), 'Runs that one rule of a pipeline starts a day for one organisation.'),
  triggers: option(
    z.record(z.string().min(1).max(100), trigger()).default({}),
    '`settle`, `cooldown` and `perDay` for the tasks of one rule alone, by its name; one that no task has does nothing. What is absent is as for all.',
    { each: 'rule' },
  ),
  quotas: option(
    z.record(z.string().min(1).max(128), count).default({}),
    'Tasks a minute that an agent is given for one organisation, by its name. Absent: as many as come.',
  ),
});
