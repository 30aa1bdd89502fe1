import { setting, settingsOf, shares, tones } from '../../src/pipeline/define-settings.ts';

/** From when on calls are told of. */
export const settings = settingsOf(
  {
    unhappyCallAt: setting({
      ...tones,
      default: -0.5,
      about: '`unhappy-call` is raised by a call whose tone is this or worse',
    }),
    happyCallAbove: setting({ ...tones, default: 0.2, about: 'A later call whose tone is better than this clears it' }),
    competitorsFrom: setting({
      ...shares,
      default: 0.3,
      about: '`competitor-in-call` is raised from this `competitor_mentions` on',
    }),
    competitorsWarnFrom: setting({ ...shares, default: 0.5, about: 'From this on it is a warning' }),
  },
  {
    rising: [
      ['unhappyCallAt', 'happyCallAbove'],
      ['competitorsFrom', 'competitorsWarnFrom'],
    ],
  },
);
export type Tuned = typeof settings.defaults;
