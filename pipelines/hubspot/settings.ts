import { setting, settingsOf, shares } from '../../src/pipeline/define-settings.ts';

/** What `deal_risk` goes by, and from when on deals are told of. */
export const settings = settingsOf(
  {
    stageWeight: setting({ ...shares, default: 0.25, about: 'Of how likely a deal in its stage is lost' }),
    longInStageWeight: setting({ ...shares, default: 0.2, about: 'Of the time in its stage' }),
    longInStageDays: setting({
      min: 1,
      max: 365,
      unit: 'days',
      default: 21,
      about: 'So long in a stage is no warning yet; 60 days more are a whole one',
    }),
    overdueWeight: setting({ ...shares, default: 0.2, about: 'Of a close date that has passed, whole after 14 days' }),
    putOffWeight: setting({ ...shares, default: 0.15, about: 'Of each time the closing was put off, three at most' }),
    stepBackWeight: setting({ ...shares, default: 0.2, about: 'Of each step back to an earlier stage, two at most' }),
    smallerWeight: setting({ ...shares, default: 0.4, about: 'Of the share that the amount has fallen by' }),
    toneWeight: setting({ ...shares, default: 0.25, about: 'Of the tone of calls' }),
    riskFrom: setting({ ...shares, default: 0.5, about: '`deal-at-risk` is raised from this `deal_risk` on' }),
    riskCriticalFrom: setting({ ...shares, default: 0.8, about: 'From this on it is critical' }),
    riskOverUnder: setting({ ...shares, default: 0.4, about: 'Under this it is cleared' }),
    putOffDays: setting({
      min: 1,
      max: 365,
      unit: 'days',
      default: 14,
      about: '`close-date-pushed` is raised when the closing is put off by so many days, or twice',
    }),
    putOffWarnDays: setting({
      min: 1,
      max: 730,
      unit: 'days',
      default: 45,
      about: 'By so many days, or twice, it is a warning',
    }),
    coldAfterDays: setting({
      min: 1,
      max: 180,
      unit: 'days',
      default: 14,
      about: '`deal-cold` is raised when nothing has happened on an open deal for so long',
    }),
    smallerBy: setting({ ...shares, default: 0.2, about: 'An insight tells of an amount that falls by this share' }),
  },
  {
    rising: [
      ['riskOverUnder', 'riskFrom', 'riskCriticalFrom'],
      ['putOffDays', 'putOffWarnDays'],
    ],
  },
);
export type Tuned = typeof settings.defaults;
