import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Template } from '../../src/core/template.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { kindFaults } from '../../src/orchestration/kinds.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { planOf } from '../../src/orchestration/steps.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { aCard, aSkill, free } from './a-card.ts';
import { aRequest } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';

const stalls: Template = {
  kind: 'onboarding_stalls',
  version: 1,
  steps: [
    { id: 'lookup', skill: 'crm.contact', goal: 'Whom to call' },
    { id: 'churn', skill: 'churn', goal: 'How likely they leave', needs: ['lookup'], optional: true },
    {
      id: 'call',
      skill: 'crm.contact',
      goal: 'Whom to call then',
      needs: ['churn'],
      when: { step: 'churn', name: 'leaving', is: true },
    },
  ],
};
const crm: Agent = {
  card: aCard('crm', [aSkill('crm.contact', { cost: { ...free, calls: 1, agentSeconds: 1 } })]),
  async *run() {
    yield { says: 'report', report: { insights: [], abstained: null, output: { contact: 'ann' }, degraded: false } };
  },
};

async function ran(own: Template) {
  const log = createMemoryLog(systemClock);
  const rig = createRig({ log, how: decidersOf([crm.card], undefined, { own: [own] }), agents: [crm] });
  await rig.start();
  await startRun(log, systemClock, aRequest('r', { kind: own.kind }));
  const run = await untilEnded(log, 'r');
  await rig.stop();
  return run;
}

test('a run of a kind that a pipeline brings along has its steps, may call tools, and says whom it lacked', async () => {
  const run = await ran(stalls);
  expect(planOf(run)).toMatchObject({ template: 'onboarding_stalls', steps: [{ id: 'lookup', skill: 'crm.contact' }] });
  expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
  expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({
    missing: expect.arrayContaining([
      expect.objectContaining({ step: 'churn', reason: 'left-out', why: 'nobody has the skill' }),
      expect.objectContaining({ step: 'call', reason: 'left-out', why: 'churn is left out' }),
    ]),
  });
});

test('a step goes by what another gave under a name, and by nothing else of that name', async () => {
  const call = { id: 'call', skill: 'crm.contact', goal: 'Whom to call', needs: ['lookup'] };
  const when = { step: 'lookup', name: 'toString', is: null };
  const run = await ran({ ...stalls, steps: [...stalls.steps.slice(0, 1), { ...call, when }] });
  expect(factOf(run, 'step-finished', 'call')).toBeDefined();
});

describe('what is wrong with kinds is named:', () => {
  test('nothing of those that are right', () => {
    expect(kindFaults([stalls])).toEqual([]);
  });

  test('a name that is taken', () => {
    expect(kindFaults([stalls, stalls, { ...stalls, kind: 'financial' }, { ...stalls, kind: 'open' }])).toEqual([
      'Two kinds of runs are named financial.',
      'Two kinds of runs are named onboarding_stalls.',
      'Two kinds of runs are named open.',
    ]);
  });

  test('steps that wait for one another, or for one that is none', () => {
    const steps = [
      { id: 'a', skill: 'a', goal: 'look', needs: ['b'] },
      { id: 'b', skill: 'b', goal: 'look', needs: ['a', 'c'] },
    ];
    expect(kindFaults([{ ...stalls, steps }])).toEqual([
      expect.stringContaining('Step b names c, which is no step.'),
      expect.stringContaining('Steps wait for one another: a after b after a.'),
    ]);
  });

  test('a step that goes by one, or is shown one, for which it does not wait', () => {
    const first = { id: 'a', skill: 'a', goal: 'look' };
    const after = { id: 'b', skill: 'b', goal: 'look', when: { step: 'a', name: 'stalled', is: true } };
    const shown = { id: 'c', skill: 'c', goal: 'look', shows: ['b'] };
    expect(kindFaults([{ ...stalls, steps: [first, after, shown] }])).toEqual([
      expect.stringContaining('Step b goes by a, but does not wait for it.'),
      expect.stringContaining('Step c goes by b, but does not wait for it.'),
    ]);
    const waiting = [first, { ...after, needs: ['a'] }, { ...shown, needs: ['b'] }];
    expect(kindFaults([{ ...stalls, steps: waiting }])).toEqual([]);
  });
});
