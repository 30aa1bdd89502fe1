import type { ModelView } from '../../core/model.ts';
import type { Observing } from '../happened.ts';
import type { Law } from '../law.ts';

/** What no happening tells: it is asked for at each scrape. */
export interface Watches {
  /** The conservation law, in events: of all, and by source. */
  law(ask: () => Promise<{ readonly law: Law; readonly sources: ReadonlyMap<string, Law> }>): void;
  /** How many messages a reader has before it. */
  lag(reader: string, ask: () => Promise<number>): void;
  /** How far pipelines have come; those of one daemon commit together and so are at one place. */
  pipelines(names: readonly string[], ask: () => Promise<PipelineProgress>): void;
  /** How much stands in a queue that has a limit. */
  queue(name: string, ask: () => Promise<number> | number): void;
  /** How much there is of what has a bound. What happens at the bound stands beside it in the code. */
  bound(name: string, limit: number, used: () => number | Promise<number>): void;
  /** What the models of organisations have learned, and which versions judge. */
  models(orgs: readonly string[], ask: (org: string) => Promise<readonly ModelView[]>): void;
  /** What a stream of the log takes of the room it has, in bytes. */
  stream(
    name: string,
    limitBytes: number,
    ask: () => Promise<{ readonly messages: number; readonly bytes: number }>,
  ): void;
}

export interface PipelineProgress {
  /** Messages of EVENTS before them. */
  readonly lag: number;
  /** Log time through which all is committed; 0 before the first. */
  readonly watermarkMs: number;
}

export function watches({ metrics }: Observing): Watches {
  const law = metrics.gauge(
    'weir_law_events',
    'received = ignored + rejected + accepted; accepted = stored + duplicates + dead + pending + lost.',
    ['term'],
  );
  const sourceLaw = metrics.gauge(
    'weir_law_source_events',
    'The same by source. Its pending holds what is lost, too, for nobody knows whose that was.',
    ['source', 'term'],
  );
  const lag = metrics.gauge('weir_lag_messages', 'Messages a reader has before it.', ['reader']);
  const pipelineLag = metrics.gauge('weir_pipeline_lag_messages', 'Messages of EVENTS a pipeline has before it.', [
    'pipeline',
  ]);
  const watermark = metrics.gauge(
    'weir_pipeline_watermark_timestamp_seconds',
    'Log time through which a pipeline has committed all.',
    ['pipeline'],
  );
  const queue = metrics.gauge('weir_queue_depth', 'What stands in a queue.', ['queue']);
  const messages = metrics.gauge('weir_log_stream_messages', 'Messages in a stream of the log.', ['stream']);
  const bytes = metrics.gauge('weir_log_stream_bytes', 'Size of a stream of the log.', ['stream']);
  const streamLimit = metrics.gauge('weir_log_stream_limit_bytes', 'Where a stream refuses what comes.', ['stream']);
  const boundUsed = metrics.gauge('weir_bound_used', 'How much there is of what has a bound.', ['bound']);
  const boundLimit = metrics.gauge('weir_bound_limit', 'Where that is refused, or gives way to what is newer.', [
    'bound',
  ]);
  const modelVersion = metrics.gauge('weir_model_version', 'The version of a model that judges; 0: as shipped.', [
    'org',
    'model',
  ]);
  const modelExamples = metrics.gauge('weir_model_examples', 'Outcomes a model has learned from, and could not.', [
    'org',
    'model',
    'result',
  ]);
  const modelDrift = metrics.gauge('weir_model_drift_alarms', 'How often a model found that the world had changed.', [
    'org',
    'model',
  ]);
  return {
    law: (ask) =>
      metrics.beforeScrape(async () => {
        const { law: all, sources } = await ask();
        for (const [term, events] of Object.entries(all)) law.set({ term }, events);
        for (const [source, terms] of sources) {
          for (const [term, events] of Object.entries(terms)) sourceLaw.set({ source, term }, events);
        }
      }),
    lag: (reader, ask) => metrics.beforeScrape(async () => lag.set({ reader }, await ask())),
    pipelines: (names, ask) =>
      metrics.beforeScrape(async () => {
        const { lag: before, watermarkMs } = await ask();
        for (const pipeline of names) {
          pipelineLag.set({ pipeline }, before);
          watermark.set({ pipeline }, watermarkMs / 1_000);
        }
      }),
    queue: (name, ask) => metrics.beforeScrape(async () => queue.set({ queue: name }, await ask())),
    bound(bound, limit, used) {
      boundLimit.set({ bound }, limit);
      metrics.beforeScrape(async () => boundUsed.set({ bound }, await used()));
    },
    models: (orgs, ask) =>
      metrics.beforeScrape(async () => {
        for (const org of orgs) {
          for (const { name: model, judging, examples, failed, learned } of await ask(org)) {
            modelVersion.set({ org, model }, judging.version);
            modelExamples.set({ org, model, result: 'learned' }, examples);
            modelExamples.set({ org, model, result: 'failed' }, failed.examples);
            modelDrift.set({ org, model }, learned.driftAlarms);
          }
        }
      }),
    stream(stream, limitBytes, ask) {
      streamLimit.set({ stream }, limitBytes);
      metrics.beforeScrape(async () => {
        const info = await ask();
        messages.set({ stream }, info.messages);
        bytes.set({ stream }, info.bytes);
      });
    },
  };
}
