import { setting, settingsOf, shares } from '../../src/pipeline/define-settings.ts';

/** From when on news is told of. */
export const settings = settingsOf({
  newsFrom: setting({ ...shares, default: 0.5, about: '`market-news` is raised from this `news_impact` on' }),
  burstFrom: setting({ ...shares, default: 0.6, about: '`news-burst` is raised from this `news_burst` on' }),
});
export type Tuned = typeof settings.defaults;
