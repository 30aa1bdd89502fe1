import { filter, map } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import { fnv1a32 } from '../src/core/ids.ts';
import { numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type ExampleDraft } from '../src/pipeline/define.ts';
import { alertModel } from '../src/scoring/alert-usefulness.ts';

/** What people say of alerts, useful or noise: the first verdict of an episode counts. */
export default definePipeline({
  name: 'feedback',
  version: 2,
  description: 'Takes what people say of alerts, so that the next ones of a rule weigh what they are worth',
  streams: ['custom'],
  run: (input, state) =>
    input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'weir.outcome.alert'),
      map(verdictIn),
      state.keyed<Verdict, Judged, ExampleDraft>('judged', { initial: [], ttl: '90d', on: judge }),
    ),
});

interface Verdict {
  readonly alert: string;
  /** Undefined where it was told before verdicts named their episode. */
  readonly episode: number | undefined;
  readonly rule: string;
  readonly useful: boolean;
}

/** The alerts of an entity that were judged, by a hash of the id, each with the last episode that was; those judged last behind. */
type Judged = readonly (readonly [alert: string, episode: number])[];

/** Alerts of one entity whose verdicts are remembered, 14 bytes each: it has some dozens of rules, and few that stay open. */
const judgedMax = 50;

function judge(before: Judged, { alert, episode, rule, useful }: Verdict) {
  const example: ExampleDraft = { output: 'example', model: alertModel.name, example: { rule, useful } };
  if (episode === undefined) return { state: before, emit: [example] };
  const name = fnv1a32(alert).toString(36);
  const last = before.find(([known]) => known === name)?.[1] ?? 0;
  // An alert is in one episode at a time: whoever judges an earlier one saw it long ago.
  if (episode <= last) return { state: before, emit: [] };
  const others = before.filter(([known]) => known !== name);
  return { state: [...others, [name, episode] as const].slice(-judgedMax), emit: [example] };
}

function verdictIn({ data }: StreamEvent): Verdict {
  return {
    alert: textAt(data, 'alert') ?? '',
    episode: numberAt(data, 'episode'),
    rule: `${textAt(data, 'pipeline') ?? ''}/${textAt(data, 'rule') ?? ''}`,
    useful: textAt(data, 'outcome') === 'useful',
  };
}
