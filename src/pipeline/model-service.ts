import { WeirError } from '../core/errors.ts';
import type { ModelRecord, ModelView, ReleaseCommand } from '../core/model.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { isKept } from './held-model.ts';

/** The models of organisations, for people: to look at, and to go back with. */
export interface Models {
  list(org: string): Promise<readonly ModelView[]>;
  /** Rejects with `not-found` where there is no such model. */
  get(org: string, name: string): Promise<ModelView>;
  /**
   * Makes a version judge all events from here on in the log. Resolves when that is in the log. Rejects with `not-found` for a
   * version that is not kept, `log-unavailable`, `log-full`. Of two who ask at once, the later in the log has its way.
   */
  release(org: string, name: string, command: ReleaseCommand): Promise<void>;
}

export interface ModelsDeps {
  readonly log: Pick<Log, 'append'>;
  /** As of the last record the pipelines have handled. */
  views(org: string): Promise<readonly ModelView[]>;
}

export function createModels({ log, views }: ModelsDeps): Models {
  const get = async (org: string, name: string): Promise<ModelView> => {
    const view = (await views(org)).find((each) => each.name === name);
    if (!view) throw new WeirError('not-found', `There is no model ${name.slice(0, 64)}.`);
    return view;
  };
  return {
    list: views,
    get,
    async release(org, name, command) {
      const { versions } = await get(org, name);
      const { version } = command;
      if (version !== 'latest' && !isKept({ versions }, version)) {
        const kept = [...versions.map((each) => each.version), 0].join(', ');
        throw new WeirError('not-found', `Version ${version} of ${name} is not kept: there are ${kept}.`);
      }
      const record: ModelRecord = { record: 'release', org, model: name, ...command };
      const data = Buffer.from(JSON.stringify(record), 'utf8');
      await log.append({ stream: 'EVENTS', subject: subjects.models(org), data });
    },
  };
}
