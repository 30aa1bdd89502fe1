import { setting, settingsOf, tones } from '../../src/pipeline/define-settings.ts';

/** From when on customers are told of that have become quieter. */
export const settings = settingsOf(
  {
    quieterAt: setting({
      ...tones,
      default: -0.5,
      about: '`engagement-fallen` is raised by an `engagement_change` of this or less',
    }),
    quieterWarnAt: setting({ ...tones, default: -0.75, about: 'From this down it is a warning' }),
    engagedAbove: setting({ ...tones, default: -0.25, about: 'Above this it is cleared' }),
  },
  {
    rising: [['quieterWarnAt', 'quieterAt', 'engagedAbove']],
  },
);
export type Tuned = typeof settings.defaults;
