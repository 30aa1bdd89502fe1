import { setting, settingsOf, shares } from '../../src/pipeline/define-settings.ts';

/** From when on payments are told of. */
export const settings = settingsOf(
  {
    failuresWarn: setting({
      min: 1,
      max: 20,
      unit: 'failures',
      default: 2,
      about: 'From so many failures within a week on, or such an attempt, `payment-failures` is a warning',
    }),
    failuresCritical: setting({
      min: 1,
      max: 20,
      unit: 'failures',
      default: 3,
      about: 'From so many on it is critical',
    }),
    largeFrom: setting({ ...shares, default: 0.5, about: '`large-payment` is raised from this `payment_size` on' }),
    largeWarnFrom: setting({ ...shares, default: 0.75, about: 'From this on it is a warning' }),
    unusualFrom: setting({ ...shares, default: 0.75, about: '`unusual-payment` is raised from this `transaction` on' }),
    unusualWarnFrom: setting({ ...shares, default: 0.875, about: 'From this on it is a warning' }),
    largeDispute: setting({
      min: 0,
      max: 1_000_000_000,
      unit: 'units of the currency',
      default: 5000,
      about: 'A dispute about so much is critical',
    }),
    seatsFrom: setting({
      min: 1,
      max: 100_000,
      unit: 'seats',
      default: 3,
      about: 'An insight tells of so many seats more or fewer, or a tenth',
    }),
  },
  {
    rising: [
      ['failuresWarn', 'failuresCritical'],
      ['largeFrom', 'largeWarnFrom'],
      ['unusualFrom', 'unusualWarnFrom'],
    ],
  },
);
export type Tuned = typeof settings.defaults;
