import { LRUCache } from 'lru-cache';
import type { RunFilter, ServerMessage, Topic } from '../../schemas/push.ts';
import type { Log, LogMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { decodeEntry, mayHold, readEntry, type Entry } from '../orchestration/facts.ts';

export interface RunSubscribeRequest {
  readonly id: string;
  readonly org: string;
  readonly topic: Exclude<Topic, 'alerts'>;
  readonly filter: RunFilter;
  /** `now`, `open`, a time or a cursor. */
  readonly from: string;
}

/** Who hears of runs, and of which. */
export interface RunListener extends RunSubscribeRequest {
  /** Of a snapshot: up to here only runs count that were open at it. */
  readonly openThrough: number;
  readonly open: ReadonlySet<string>;
}

interface Told {
  readonly sequence: number;
  readonly run: string;
  /** Undefined where it says nothing of the topic. */
  readonly entry: Entry | undefined;
}

/** What of a run decides who hears of it. */
interface Head {
  readonly kind: string;
  readonly entity: string | null;
}

export interface RunMessages {
  /** What a listener hears of an entry of RUNS; undefined where it is none of its own. */
  of(listener: RunListener, told: Told): Promise<ServerMessage | undefined>;
}

/** Runs whose kind and entity are remembered; of others they are read. */
const headsMax = 2_000;

/** `seal` makes the cursor of a place in RUNS for an organisation. */
export function createRunMessages(log: Log, seal: (org: string, sequence: number) => string): RunMessages {
  const heads = new LRUCache<string, Head>({ max: headsMax });

  async function of(listener: RunListener, told: Told): Promise<ServerMessage | undefined> {
    const { id, org, topic, filter, openThrough, open: opened } = listener;
    const { run, sequence, entry } = told;
    if (entry) remember(org, run, entry);
    if (!entry || (sequence <= openThrough && !opened.has(run))) return undefined;
    const synthesised = entry.facts.find((fact) => fact.fact === 'result-synthesised');
    if (topic === 'insights' && !synthesised) return undefined;
    const head = await headOf(org, run);
    if (!head || !wanted(filter, run, head)) return undefined;
    const place = { id, cursor: seal(org, sequence), run, ...head, at: new Date(entry.at).toISOString() };
    if (topic === 'runs') return { type: 'run', ...place, facts: entry.facts };
    const { summary, confidence, insights } = synthesised?.result ?? {};
    return {
      type: 'insights',
      ...place,
      summary: typeof summary === 'string' ? summary : '',
      confidence: typeof confidence === 'number' ? confidence : 0,
      insights: Array.isArray(insights) ? insights : [],
    };
  }

  /** To look for the first message of a run is to look through all runs before it, where the log is embedded. */
  function remember(org: string, run: string, { facts }: Entry): Head | undefined {
    const request = facts.find((fact) => fact.fact === 'requested')?.request;
    const head = request && { kind: request.kind, entity: request.entity };
    if (head) heads.set(subjects.run(org, run), head);
    return head;
  }

  async function headOf(org: string, run: string): Promise<Head | undefined> {
    const key = subjects.run(org, run);
    const remembered = heads.get(key);
    if (remembered) return remembered;
    const first = await log.next('RUNS', key, 0);
    const entry = first && readEntry(first.data);
    return entry && remember(org, run, entry);
  }

  return { of };
}

/** Whom it is about, and what came of it. */
const inInsights = ['requested', 'result-synthesised'] as const;

/** The messages of RUNS that are an organisation's, as they are told to whoever hears of a topic. */
export const toldOf = (org: string, topic: RunSubscribeRequest['topic']) => ({
  stream: 'RUNS' as const,
  subject: subjects.run(org, '*'),
  entryOf: ({ sequence, subject, data }: LogMessage): Told => ({
    sequence,
    run: subject.split('.')[3] ?? '',
    entry: topic === 'runs' || inInsights.some((fact) => mayHold(data, fact)) ? decodeEntry(data) : undefined,
  }),
});

const wanted = ({ kinds, entities, runs }: RunFilter, run: string, head: Head): boolean =>
  (kinds?.includes(head.kind) ?? true) &&
  (entities?.includes(head.entity ?? '') ?? true) &&
  (runs?.includes(run) ?? true);
