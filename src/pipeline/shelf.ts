import { WeirError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import type { ModelRecord, ModelView } from '../core/model.ts';
import type { Model } from '../scoring/model.ts';
import type { Judging, Pipeline } from './define.ts';
import { heldAfter, heldOf, judgingIn, reformed, viewOf, type Held } from './held-model.ts';

export type Shelf = ReturnType<typeof createShelf>;

/** What a model had learned of another version of it is left out. */
export interface BegunAnew {
  readonly org: string;
  readonly model: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The models of all organisations as one partition remembers them: a function of the records it was shown. Every partition
 * is shown the same ones at the same places, so all of them judge alike.
 */
export function createShelf(pipelines: readonly Pick<Pipeline, 'models'>[]) {
  const models = modelsOf(pipelines);
  const shelf = new Map<string, Held>();

  return {
    /** What judges in an organisation. */
    judging<S extends Json>(org: string, model: Model<S>): Judging<S> {
      const held = shelf.get(keyOf(org, model.name));
      if (!held) return { version: 0, state: model.initial };
      // What a model has learned is what this very model made: name and format say so.
      return { version: held.judging, state: judgingIn(held, model) as S };
    },

    /** Takes a record. One of a model no pipeline has says nothing. */
    take(record: ModelRecord): void {
      const model = models.get(record.model);
      if (!model) return;
      const key = keyOf(record.org, record.model);
      const held = shelf.get(key) ?? heldOf(record.org, model);
      shelf.set(key, heldAfter(held, record, model));
    },

    /** All models of an organisation, by name; of those that have not learned anything, too. */
    viewsOf: (org: string): readonly ModelView[] =>
      [...models.values()].map((model) => viewOf(shelf.get(keyOf(org, model.name)) ?? heldOf(org, model), model)),

    /** To be written down: what is given here is never changed. */
    all: (): readonly Held[] => [...shelf.values()],

    /** Gives those that begin anew: what was learned was written down by another version of the model. */
    restore(all: readonly Held[]): readonly BegunAnew[] {
      const begunAnew: BegunAnew[] = [];
      for (const held of all) {
        const model = models.get(held.model);
        if (!model) continue;
        shelf.set(keyOf(held.org, held.model), reformed(held, model));
        if (held.format === model.version) continue;
        begunAnew.push({ org: held.org, model: held.model, from: held.format, to: model.version });
      }
      return begunAnew;
    },
  };
}

const keyOf = (org: string, model: string): string => `${org}\0${model}`;

function modelsOf(pipelines: readonly Pick<Pipeline, 'models'>[]): ReadonlyMap<string, Model> {
  const all = pipelines.flatMap(({ models }) => models).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const models = new Map<string, Model>();
  for (const model of all) {
    if ((models.get(model.name) ?? model) !== model) {
      throw new WeirError('pipeline-invalid', `Two models are named "${model.name}".`);
    }
    models.set(model.name, model);
  }
  return models;
}
