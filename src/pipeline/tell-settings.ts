import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { namePattern } from '../core/event.ts';
import { rfc3339Of } from '../core/time.ts';
import type { HeldSettings, OrgSettings, SettingsRecord } from '../core/settings.ts';
import type { LogMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import type { Retry } from '../core/retry.ts';
import type { PipelineOptions } from './run.ts';

const pipelineSettings = z.record(z.string(), z.record(z.string(), z.number()));
const recordSchema: z.ZodType<SettingsRecord> = z.object({
  record: z.literal('settings'),
  org: z.string().regex(namePattern),
  version: z.int().positive(),
  at: z.iso.datetime(),
  settings: pipelineSettings,
  segmentBy: z.string().nullable(),
  segments: z.record(z.string(), z.object({ accounts: z.array(z.string()), settings: pipelineSettings })),
});

/** What is set by a record of `weir.settings.<org>`; undefined where it is none. Whose settings they are the subject says. */
export function heldIn(json: unknown, org: string): HeldSettings | undefined {
  const { data: record } = recordSchema.safeParse(json);
  if (!record) return undefined;
  const { record: _, ...held } = record;
  return { ...held, org };
}

type Telling = Pick<PipelineOptions, 'log' | 'clock' | 'happened' | 'orgSettings'> & { readonly retry: Retry };

/** Whoever works partitions. */
export interface Owner {
  /** The settings of an organisation as each of the partitions knows them. */
  held(org: string): Promise<readonly (HeldSettings | undefined)[]>;
  /** Resolves when no other daemon can commit in them any more. Rejects with `fenced` where another was faster. */
  claim(again: Retry): Promise<void>;
}

/**
 * Puts the settings that the configuration has on the log, where they are others than those in force at its end: they hold for
 * all that comes after them. Before any are set nothing is put there. A daemon that does not own the partitions puts none there, or the
 * one that does would go by them.
 */
export async function tellSettings(telling: Telling, owner: Owner): Promise<void> {
  for (const [org, wanted] of telling.orgSettings ?? []) await tell(telling, org, wanted, owner);
}

/**
 * Begins to. Resolves when they are there, or when the log does not take them now (it may be full until what is in it has been
 * worked off): then they follow as soon as it does. `failed`: it cannot be gone on with.
 */
export async function beginTelling(telling: Telling, owner: Owner, failed: (error: unknown) => void): Promise<void> {
  await new Promise<void>((resolve) => {
    const retry: Retry = (act) =>
      telling.retry(async () => {
        try {
          return await act();
        } catch (error) {
          resolve();
          throw error;
        }
      });
    void tellSettings({ ...telling, retry }, owner)
      .catch(failed)
      .then(resolve);
  });
}

async function tell(telling: Telling, org: string, wanted: OrgSettings, owner: Owner): Promise<void> {
  const { log, clock, happened, retry } = telling;
  const subject = subjects.settings(org);
  const last = await retry(() => log.last('EVENTS', subject));
  const told = last && heldIn(jsonOf(last), org);
  // Retention may have taken the record: what is in the snapshots holds then.
  const inForce = told ? [told] : await owner.held(org);
  const certain = told !== undefined || last === undefined;
  if (certain && inForce.every((held) => isDeepStrictEqual(contentOf(held), contentOf(wanted)))) return;
  const version = 1 + Math.max(0, ...inForce.map((held) => held?.version ?? 0));
  const at = rfc3339Of(clock.now());
  const record: SettingsRecord = { record: 'settings', org, version, at, ...contentOf(wanted) };
  const data = Buffer.from(JSON.stringify(record), 'utf8');
  await owner.claim(retry);
  const appended = await retry(() => log.append({ stream: 'EVENTS', subject, data, expectLast: last?.sequence ?? 0 }));
  // Another daemon was faster, or the acknowledgement was lost.
  if (appended.kind === 'moved') return tell(telling, org, wanted, owner);
  happened.settingsChanged(org, version, appended.sequence);
}

const nothing: OrgSettings = { settings: {}, segmentBy: null, segments: {} };

function contentOf({ settings, segmentBy, segments }: OrgSettings = nothing): OrgSettings {
  const content: OrgSettings = { settings, segmentBy, segments };
  // As it is once it was written down: -0 is 0 there.
  return JSON.parse(JSON.stringify(content));
}

function jsonOf({ data }: LogMessage): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
