import type { CardTransaction } from '../../src/scoring/transaction/card.ts';
import type { TerminalRisk } from '../../src/scoring/transaction/terminal.ts';

export const hour = 3_600;

export const day = 24 * hour;

const terminalRisk: TerminalRisk = { counts: [1, 7, 30], risks: [0, 0, 0] };

export const paid = (index: number, more: Partial<CardTransaction> = {}): CardTransaction => ({
  eventId: `e${index}`,
  at: index * day * 1_000,
  amount: 50,
  terminalRisk,
  everyone: undefined,
  ...more,
});
