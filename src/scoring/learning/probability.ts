/** 0 … 1, of log-odds. */
export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** Log-odds of a probability; of 0 and 1 those of one in a million. */
export function logitOf(probability: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, probability));
  return Math.log(inside / (1 - inside));
}
