import type { FaultKind } from '../../../src/providers/faults.ts';
import type { Wanted } from '../../../src/providers/strategies.ts';

export const start = 1_800_000_000_000;

export function wantedWith(over: Partial<Wanted>): Wanted {
  const tokens = { input: 100, output: 100 };
  return { strategy: 'round-robin', needs: ['prose'], grade: 0, tokens, tried: [], now: start, ...over };
}

export function started(provider: string) {
  return { fact: 'started', provider, at: start, tokens: 10 } as const;
}

export function answered(provider: string, latencyMs: number) {
  return { fact: 'answered', provider, at: start, latencyMs, reserved: 10, tokens: 8 } as const;
}

export function failed(provider: string, kind: FaultKind) {
  return { fact: 'failed', provider, at: start, fault: { kind, detail: '' } } as const;
}
