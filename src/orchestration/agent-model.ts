import type { ModelView } from '../core/model.ts';
import { binCount, corrected } from './calibration.ts';
import { deciderOf, decidingIn, type Learnt } from './learnt.ts';
import { countOf } from './posteriors.ts';

/** The name under which what runs have taught is shown and released, beside the models of scores. */
export const agentModel = 'agent_selection';

/** What runs have taught, as models are shown: shares of what succeeded, and how often findings came true. */
export function viewOf(learnt: Learnt): ModelView {
  const { posteriors } = decidingIn(learnt);
  const shares = Object.entries(posteriors)
    .map(([name, posterior]) => {
      const { successes } = posterior;
      const seen = countOf(posterior);
      return { name, share: (successes + 1) / (seen + 2), expected: 0.5, seen };
    })
    .toSorted((a, b) => b.seen - a.seen || (a.name < b.name ? -1 : 1));
  const calibration = calibrationIn(learnt);
  return {
    name: agentModel,
    description: 'which agent does a step, and how sure its findings are',
    judging: deciderOf(learnt),
    examples: learnt.lessons,
    failed: { examples: 0, reason: null },
    learned: {
      outcomes: {
        positive: calibration.reduce((sum, { count, cameTrue }) => sum + count * cameTrue, 0),
        negative: calibration.reduce((sum, { count, cameTrue }) => sum + count * (1 - cameTrue), 0),
      },
      calibration,
      weights: [],
      shares: shares.slice(0, sharesShown),
      driftAlarms: 0,
    },
    versions: learnt.versions
      .map(({ version, at, lessons }) => ({ version, at: new Date(at).toISOString(), examples: lessons }))
      .toReversed(),
    releases: learnt.releases
      .map(({ version, by, why, at }) => ({
        version: version === 'latest' ? deciderOf(learnt).version : version,
        by,
        why,
        at,
      }))
      .toReversed(),
  };
}

const sharesShown = 200;

/** Of all agents together, by what was said. */
function calibrationIn(learnt: Learnt): ModelView['learned']['calibration'] {
  const agents = Object.values(decidingIn(learnt).calibrations);
  return Array.from({ length: binCount }, (_, index) => {
    const bins = agents.flatMap((all) => all[index] ?? []);
    const count = bins.reduce((sum, bin) => sum + bin.count, 0);
    const said = bins.reduce((sum, bin) => sum + bin.said, 0);
    const cameTrue = bins.reduce((sum, bin) => sum + bin.cameTrue, 0);
    return {
      count,
      said: said / count,
      calibrated: corrected({ count, said, cameTrue }, said / count),
      cameTrue: cameTrue / count,
    };
  }).filter(({ count }) => count > 0);
}
