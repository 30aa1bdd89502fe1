/**
 * What was told of late, so that one incident is told once. Times are event times, ms.
 */
export type Refractory = {
  readonly at: number;
  /** Usual time between two samples, a running median, ms. */
  readonly intervalMs: number;
  /** The last thing told and how rare it was, digits. */
  readonly toldAt: number;
  readonly told: number;
  /** How many alarms there were, each fading with `alarmsFadeMs`. */
  readonly alarms: number;
};

export const refractoryAt = (at: number): Refractory => ({ at, intervalMs: 0, toldAt: at, told: 0, alarms: 0 });

export interface Judged {
  readonly state: Refractory;
  /** Digits of rarity, less where the metric alarmed a lot of late. */
  readonly digits: number;
  /** Something as rare has been told not long ago. */
  readonly quiet: boolean;
}

/**
 * Judges how rare a sample is. After an alarm was told, only what is three times as rare is told again, for thirty hours
 * and at least 120 samples; and each alarm of the last days asks twice as much of the next one. What is less rare than an
 * alarm counts for nothing: nobody was told of it.
 */
export function judged(before: Refractory, at: number, rarity: number): Judged {
  const elapsed = Math.max(at - before.at, 0);
  const alarms = before.alarms === 0 ? 0 : before.alarms * Math.exp(-elapsed / alarmsFadeMs);
  const intervalMs = intervalAfter(before.intervalMs, elapsed);
  const { toldAt, told } = before;
  const now = { at: Math.max(at, before.at), intervalMs, toldAt, told, alarms };
  const digits = Math.max(rarity - digitsAnAlarm * Math.min(alarms, alarmsMax), 0);
  if (digits < alarmDigits) return { state: now, digits, quiet: false };
  const quietMs = Math.max(quietForMs, quietForSamples * intervalMs);
  if (at - toldAt < quietMs && digits <= told + digitsToTellAgain) return { state: now, digits, quiet: true };
  const state = { ...now, toldAt: now.at, told: digits, alarms: alarms + 1 };
  return { state, digits, quiet: false };
}

/** A running median: one step of two hundredths towards the interval. */
const intervalAfter = (interval: number, elapsed: number): number =>
  interval === 0 ? elapsed : interval * (1 + 0.02 * Math.sign(elapsed - interval));

/** A sample this rare is an alarm: one in a thousand. */
export const alarmDigits = 3;
const quietForMs = 30 * 3_600_000;
const quietForSamples = 120;
const digitsToTellAgain = 0.5;
const digitsAnAlarm = 0.3;
const alarmsMax = 5;
const alarmsFadeMs = 86_400_000;
