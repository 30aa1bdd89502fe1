import { setting, settingsOf, shares } from '../../src/pipeline/define-settings.ts';

/** What `customer_health` is made of, and its bands. */
export const settings = settingsOf(
  {
    useWeight: setting({ min: 0, max: 1_000, unit: '1', default: 30, about: 'Of how the product is used' }),
    supportWeight: setting({
      min: 0,
      max: 1_000,
      unit: '1',
      default: 20,
      about: 'Of conversations, their urgency and ratings',
    }),
    sentimentWeight: setting({
      min: 0,
      max: 1_000,
      unit: '1',
      default: 15,
      about: 'Of the tone of calls and messages',
    }),
    engagementWeight: setting({
      min: 0,
      max: 1_000,
      unit: '1',
      default: 15,
      about: 'Of calls, and of competitors that are named there',
    }),
    commercialWeight: setting({ min: 0, max: 1_000, unit: '1', default: 20, about: 'Of payments' }),
    unknownWeight: setting({
      min: 1,
      max: 1_000,
      unit: '1',
      default: 30,
      about: 'Of a customer nothing is known of: the more, the less little evidence moves the score',
    }),
    atRiskUnder: setting({
      min: 0,
      max: 100,
      unit: 'points',
      default: 40,
      about: 'Under this `health-low` is critical',
    }),
    actUnder: setting({ min: 0, max: 100, unit: 'points', default: 55, about: 'Under this it is a warning' }),
    watchUnder: setting({ min: 0, max: 100, unit: 'points', default: 70, about: 'Under this it is raised' }),
    hysteresis: setting({
      min: 0,
      max: 30,
      unit: 'points',
      default: 5,
      about: 'A band is left so far above where it begins',
    }),
    confidenceToJudge: setting({ ...shares, default: 0.3, about: 'With less known than this nothing is judged' }),
  },
  {
    rising: [['atRiskUnder', 'actUnder', 'watchUnder']],
  },
);
export type Tuned = typeof settings.defaults;
