import type { AlertRun } from '../../src/core/alert.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { aPlan, aReport, aRequest, aStep, oneCall } from '../orchestration/support/reference.ts';

export const lookedInto: AlertRun = {
  id: 'paired',
  kind: 'reference',
  outcome: 'completed',
  endedAt: '2026-03-09T11:00:00.000Z',
  summary: 'It may leave.',
  confidence: 0.7,
  findings: [{ kind: 'risk', title: 'It may leave', confidence: 0.7, action: 'Call them' }],
};

const aTask = {
  key: 'paired/undo/made',
  org: 'acme',
  entity: null,
  skill: 'takeBack',
  goal: 'take it back',
  asOf: '2026-03-02T09:00:00.000Z',
  input: {},
};

/** A maker and a checker, within a run of a run; `made` is finished, `checked` is under way. */
export const pairedRun: readonly (readonly Fact[])[] = [
  [{ fact: 'requested', request: aRequest('paired', { parent: { run: 'above', depth: 1 } }) }],
  [{ fact: 'admitted' }],
  [
    {
      fact: 'plan-decided',
      plan: {
        // What steps are given says nothing of the pattern.
        ...aPlan([aStep('made', [], { input: { child: {} } }), aStep('checked', ['made'], { notBy: ['made'] })]),
        pattern: { name: 'pair', why: {} },
      },
    },
  ],
  [scheduled('made', 1, 'first')],
  [
    {
      fact: 'step-failed',
      ...ended('made', 1),
      fault: 'unfit',
      detail: 'it hands it to second: it has the keys',
      retryAfterMs: null,
      to: 'second',
    },
  ],
  [scheduled('made', 2, 'second')],
  [{ fact: 'step-started', step: 'made', attempt: 2, worker: 'w' }],
  [{ fact: 'step-finished', ...ended('made', 2), report: aReport() }],
  [scheduled('checked', 1, 'first')],
  [{ fact: 'message-sent', id: 'm', from: 'second', to: 'first', text: 'Look at the invoices' }],
  [{ fact: 'person-asked', step: 'undo/made', task: aTask, why: 'nobody was found for takeBack' }],
  [{ fact: 'person-answered', step: 'undo/made', by: 'ann', done: false, why: 'it is paid', output: {} }],
  [{ fact: 'handed-over', step: 'undo/made', why: 'it cannot be taken back' }],
];

/** A step that was handed to whoever can do it, and then failed in words that sound as if it were handed on once more. */
export const handedRun: readonly (readonly Fact[])[] = [
  [{ fact: 'requested', request: aRequest('handed') }],
  [{ fact: 'plan-decided', plan: aPlan([aStep('made')]) }],
  [scheduled('made', 1, 'first')],
  [unfit('made', 1, 'it hands it to somebody else: it is about money', true)],
  [scheduled('made', 2, 'second')],
  [unfit('made', 2, 'it hands it to second: that is what the answer was', false)],
];

function unfit(step: string, attempt: number, detail: string, handOff: boolean): Fact {
  return { fact: 'step-failed', ...ended(step, attempt), fault: 'unfit', detail, retryAfterMs: null, handOff };
}

function scheduled(step: string, attempt: number, agent: string): Fact {
  const [why, argumentsHash] = [{}, 'h'];
  const rest = { agentVersion: 1, why, seed: 1, reserve: oneCall, argumentsHash, delayMs: 0, timeoutMs: 1_000 };
  return { fact: 'step-scheduled', step, attempt, agent, ...rest };
}

function ended(step: string, attempt: number) {
  return { step, attempt, worker: 'w', tookMs: 1_500 * attempt, spent: oneCall };
}
