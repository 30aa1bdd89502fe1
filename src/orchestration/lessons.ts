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
function saidBy({ model, entity, time, example }: Example): Said | undefined {
  if (model === 'alert_usefulness') {
    const pipeline = textAt(example, 'rule')?.split('/')[0] ?? '';
    return { said: 'verdict', entity, pipeline, useful: jsonAt(example, 'useful') === true, time };
  }
  if (model !== 'churn_risk') return undefined;
  return { said: 'churn', entity, left: jsonAt(example, 'left') === true, time };
}
