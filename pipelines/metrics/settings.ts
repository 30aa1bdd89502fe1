import { setting, settingsOf, shares } from '../../src/pipeline/define-settings.ts';

/** From when on services are told of. */
export const settings = settingsOf(
  {
    oddFrom: setting({ ...shares, default: 0.5, about: 'A sample is out of its usual from this `metric_anomaly` on' }),
    oddToWarn: setting({
      min: 1,
      max: 1_000,
      unit: 'samples',
      default: 3,
      about: 'So many such samples in a row raise `service-unusual`',
    }),
    oddToAlarm: setting({ min: 1, max: 1_000, unit: 'samples', default: 6, about: 'With so many it is critical' }),
    calmToEnd: setting({
      min: 1,
      max: 1_000,
      unit: 'samples',
      default: 3,
      about: 'So many usual samples in a row clear it',
    }),
    limitNearFrom: setting({ ...shares, default: 0.8, about: '`limit-near` is raised from this `limit_crossing` on' }),
    limitFarUnder: setting({ ...shares, default: 0.3, about: 'Under this it is cleared' }),
    limitCriticalDays: setting({
      min: 0.25,
      max: 30,
      unit: 'days',
      default: 1,
      about: 'With so many days left or fewer it is critical',
    }),
  },
  {
    rising: [
      ['oddToWarn', 'oddToAlarm'],
      ['limitFarUnder', 'limitNearFrom'],
    ],
  },
);
export type Tuned = typeof settings.defaults;
