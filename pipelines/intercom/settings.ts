import { setting, settingsOf, shares, tones } from '../../src/pipeline/define-settings.ts';

/** From when on conversations are told of. */
export const settings = settingsOf(
  {
    urgentFrom: setting({ ...shares, default: 0.6, about: '`urgent-conversation` is raised from this `urgency` on' }),
    urgentCriticalFrom: setting({ ...shares, default: 0.85, about: 'From this on it is critical' }),
    unhappyAt: setting({
      ...tones,
      default: -0.7,
      about:
        '`unhappy-customer` is raised by a message whose tone is this or worse; a problem that is told calmly comes to −0.68',
    }),
    friendlyAbove: setting({
      ...tones,
      default: 0.3,
      about: 'A later message whose tone is better than this clears it',
    }),
    badRatingAt: setting({
      min: 1,
      max: 5,
      unit: 'of 5',
      default: 2,
      about: '`bad-rating` is raised by a rating of this or worse',
    }),
    unansweredAfterHours: setting({
      min: 0.25,
      max: 336,
      unit: 'hours',
      default: 24,
      about: '`unanswered-conversation` is raised when no answer came for so long',
    }),
  },
  {
    rising: [
      ['urgentFrom', 'urgentCriticalFrom'],
      ['unhappyAt', 'friendlyAbove'],
    ],
  },
);
export type Tuned = typeof settings.defaults;
