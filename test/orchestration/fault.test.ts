import { describe, expect, test } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { ToolFault } from '../../src/mcp/client/fault.ts';
import { breakerAfter, closedBreaker, faultKinds } from '../../src/orchestration/breaker.ts';
import { AgentFault, classify } from '../../src/orchestration/fault.ts';
import type { FaultKind } from '../../src/providers/faults.ts';
import { ModelFault } from '../../src/providers/model-fault.ts';
import { free } from './a-card.ts';

const unanswered = { kind: 'unanswered', retryAt: null, verdicts: {}, calls: [], attempts: [], spent: free } as const;
const failedWith = (...kinds: readonly FaultKind[]) =>
  new ModelFault(
    { ...unanswered, why: 'failed', attempts: kinds.map((kind) => ({ provider: 'p', fault: { kind, detail: 'x' } })) },
    0,
  );
const kindOf = (error: unknown) => classify(error).fault;

describe('what kind of failure it was', () => {
  test('tools of other servers say themselves, and when they may be asked again', () => {
    expect(classify(new ToolFault('rate-limited', 'four calls at once', { retryAfterMs: 700 }))).toEqual({
      fault: 'rate-limited',
      detail: 'four calls at once',
      retryAfterMs: 700,
      handOff: false,
    });
    for (const kind of ['transient', 'timed-out', 'invalid', 'refused'] as const)
      expect(kindOf(new ToolFault(kind, 'x'))).toBe(kind);
  });

  test('models say what may pass before what will not', () => {
    expect(kindOf(failedWith('misconfigured', 'unavailable'))).toBe('transient');
    expect(kindOf(failedWith('timeout'))).toBe('timed-out');
    expect(kindOf(failedWith('rate-limited', 'refused'))).toBe('rate-limited');
    expect(kindOf(failedWith('rejected', 'too-long'))).toBe('invalid');
    expect(kindOf(failedWith('invalid-request'))).toBe('unfit');
    expect(failedWith('unavailable').message).toBe('no model answered: failed; p: unavailable (x)');
  });

  test('models that must be left alone for a while are no illness, and say how long', () => {
    const later = new ModelFault({ ...unanswered, why: 'unavailable', retryAt: 5_000 }, 2_000);
    expect(classify(later)).toMatchObject({ fault: 'rate-limited', retryAfterMs: 3_000 });
    expect(breakerAfter(closedBreaker, kindOf(later), 0)).toEqual(closedBreaker);
  });

  test('models that cannot do it, or are not paid for it, are well', () => {
    for (const why of ['incapable', 'budget'] as const) {
      const fault = kindOf(new ModelFault({ ...unanswered, why }, 0));
      expect(fault).toBe('unfit');
      expect(breakerAfter(closedBreaker, fault, 0)).toEqual(closedBreaker);
    }
  });

  test('weir’s own errors and signals are known; anything else may pass', () => {
    expect(classify(new WeirError('too-many', 'x', { retryAfterS: 2 }))).toMatchObject({
      fault: 'rate-limited',
      retryAfterMs: 2_000,
    });
    expect(kindOf(new WeirError('not-allowed', 'x'))).toBe('refused');
    expect(kindOf(new DOMException('x', 'TimeoutError'))).toBe('timed-out');
    expect(kindOf(new Error('x'))).toBe('transient');
    expect(kindOf('x')).toBe('transient');
    expect(kindOf(Object.assign(new Error('x'), { fault: 'no such kind' }))).toBe('transient');
    for (const kind of faultKinds) expect(kindOf(new AgentFault(kind, 'x'))).toBe(kind);
  });
});
