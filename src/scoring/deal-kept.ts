import type { Deal } from './deal.ts';

/**
 * A deal as it is remembered: its parts in a fixed order, for names would be two fifths of the JSON, and a customer has many deals.
 * Of what no event has said yet the id is 0.
 */
export type KeptDeal = readonly [
  status: Deal['status'],
  stage: Deal['stage'],
  stageSince: number,
  amount: number | null,
  amountPeak: number | null,
  closeAt: number | null,
  pushes: number,
  pushedDays: number,
  stepsBack: number,
  tone: number | null,
  activeAt: number,
  saidStage: string | 0,
  saidAmount: string | 0,
  saidCloseAt: string | 0,
  saidTone: string | 0,
];

export const keptOf = (deal: Deal): KeptDeal => [
  deal.status,
  deal.stage,
  deal.stageSince,
  deal.amount,
  deal.amountPeak,
  deal.closeAt,
  deal.pushes,
  deal.pushedDays,
  deal.stepsBack,
  deal.tone,
  deal.activeAt,
  deal.saidBy.stage ?? 0,
  deal.saidBy.amount ?? 0,
  deal.saidBy.closeAt ?? 0,
  deal.saidBy.tone ?? 0,
];

/** The deal again, of a kept one. */
export function dealKept(kept: KeptDeal): Deal {
  const [status, stage, stageSince, amount, amountPeak, closeAt, pushes, pushedDays, stepsBack, tone, activeAt] = kept;
  const [saidStage, saidAmount, saidCloseAt, saidTone] = [kept[11], kept[12], kept[13], kept[14]];
  return {
    status,
    stage,
    stageSince,
    amount,
    amountPeak,
    closeAt,
    pushes,
    pushedDays,
    stepsBack,
    tone,
    activeAt,
    saidBy: {
      ...(saidStage !== 0 && { stage: saidStage }),
      ...(saidAmount !== 0 && { amount: saidAmount }),
      ...(saidCloseAt !== 0 && { closeAt: saidCloseAt }),
      ...(saidTone !== 0 && { tone: saidTone }),
    },
  };
}
