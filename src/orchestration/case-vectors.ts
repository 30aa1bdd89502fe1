import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { embeddedAtOnceMax, type Embedder } from '../core/embedder.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/log.ts';
import type { AgentData } from './agent.ts';
import { vectorsLacking } from './past-cases.ts';

/** What the making of vectors tells of itself. */
export interface CaseVectorHappenings {
  /** So many past cases of an organisation got a vector. */
  casesEmbedded(org: string, count: number): void;
  /** They got none for now; the next round tries again. */
  casesNotEmbedded(org: string, error: unknown): void;
}

export interface CaseVectorsDeps {
  readonly log: Pick<Log, 'kv'>;
  readonly clock: Clock;
  readonly orgs: readonly string[];
  readonly embedder: Embedder;
  data(org: string): AgentData;
  /** Takes rows of `case_vectors`, one JSON object a line. */
  insert(rows: Uint8Array): Promise<unknown>;
  /** Between two rounds; ms. Default five minutes. */
  readonly everyMs?: number;
  readonly happened: CaseVectorHappenings;
}

/** Cases of an organisation that get a vector in one round. */
export const casesPerRoundMax = 640;
const callTimeoutMs = 30_000;

/**
 * Gives each past case a vector. What has none is read from the store itself, so it goes on where it stopped, whatever happened; of several
 * daemons one does a round. No run waits for it: a case without a vector is found by its words.
 */
export function createCaseVectors(deps: CaseVectorsDeps): Service {
  const { everyMs = 5 * 60_000, orgs, clock, log } = deps;
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();

  async function all(): Promise<void> {
    for (const org of orgs) {
      if (stopping.signal.aborted) return;
      try {
        if (await isOurs(log.kv, `runs.vectors.${org}`, clock.now(), everyMs / 2))
          await embedOrg(deps, org, stopping.signal);
      } catch (error) {
        if (!stopping.signal.aborted) deps.happened.casesNotEmbedded(org, error);
      }
    }
  }

  const next = () => {
    round = all().finally(() => {
      if (!stopping.signal.aborted) timer = setTimeout(next, everyMs);
    });
  };

  return {
    name: 'case vectors',
    async start() {
      // The store is opened beside everything else.
      timer = setTimeout(next, everyMs / 10);
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await round;
    },
  };
}

async function embedOrg(
  { data, embedder, insert, clock, happened }: CaseVectorsDeps,
  org: string,
  signal: AbortSignal,
): Promise<void> {
  let count = 0;
  for (let more = true; more && count < casesPerRoundMax && !signal.aborted;) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
    const rows = await vectorsLacking(org, data(org), embedder, clock.now(), within);
    if (rows.length > 0) await insert(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));
    count += rows.length;
    more = rows.length === embeddedAtOnceMax;
  }
  if (count > 0) happened.casesEmbedded(org, count);
}

const turn = z.object({ at: z.number() });

/** Whether nobody else began a round within `forMs`; then this one is begun. */
async function isOurs(kv: Log['kv'], key: string, now: number, forMs: number): Promise<boolean> {
  const before = await kv.get(key);
  const last = before && turn.parse(JSON.parse(Buffer.from(before.value).toString())).at;
  // One from the future is of a clock that was put back.
  if (last !== undefined && last <= now && now - last < forMs) return false;
  const put = await kv.put(key, Buffer.from(JSON.stringify({ at: now })), before?.revision ?? 0);
  return put.kind === 'stored';
}
