import type { Commit } from '../core/commit.ts';
import type { Example, ReleaseCommand } from '../core/model.ts';
import { jsonAt, textAt } from '../core/read.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import type { Shown } from './pool.ts';
import { encodeSaid, type Said } from './said.ts';

export interface Lessons {
  /** Passes on what pipelines say became of things. Told again it teaches nothing: a finding is judged once. Rejects as `append` does. */
  apply(commit: Pick<Commit, 'examples'>): Promise<void>;
  /** Makes a version decide from here on in the log. Rejects with `not-found` for one that is not kept, and as `append` does. */
  release(org: string, command: ReleaseCommand): Promise<void>;
}

/** Writes to `weir.lessons.<org>` what runs do not say themselves. */
export function createLessons(log: Pick<Log, 'append'>, pool: Pick<Shown, 'mustKeep'>): Lessons {
  async function append(org: string, said: Said): Promise<void> {
    await log.append({ stream: 'RUNS', subject: subjects.lessons(org), data: encodeSaid(said) });
  }

  return {
    async apply({ examples }) {
      for (const example of examples) {
        const said = saidBy(example);
        if (said) await append(example.org, said);
      }
    },
    async release(org, { version, by, why, at }) {
      pool.mustKeep(org, version);
      await append(org, { said: 'release', version, by, why, at });
    },
  };
}

/** Of what models of scores are taught, that which agents' findings speak of, too. */
function saidBy({ model, entity, time, example, subject }: Example): Said | undefined {
  const is = (name: string) => jsonAt(example, name) === true;
  switch (model) {
    case 'alert_usefulness': {
      const pipeline = textAt(example, 'rule')?.split('/')[0] ?? '';
      return { said: 'verdict', entity, pipeline, useful: is('useful'), time };
    }
    case 'churn_risk':
      return { said: 'churn', entity, left: is('left'), told: is('told'), time };
    // Of those nobody named nothing can be said to have been found.
    case 'deal_propensity':
      return subject === undefined ? undefined : { said: 'deal', entity, subject, won: is('won'), time };
    case 'transaction_risk':
      return subject === undefined ? undefined : { said: 'payment', entity, subject, fraud: is('fraud'), time };
    default:
      return undefined;
  }
}
