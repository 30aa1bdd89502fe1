import type { Law } from '../../observe/law.ts';
import { describe } from '../../simulate/expectations.ts';
import { unplannedShareMax } from '../../simulate/outcome.ts';
import type { DemoResult } from './run.ts';

/** What went wrong, where something did: the demo is a promise, too. `expect`: that little else is alerted is part of it. */
export function faultOf(result: DemoResult, expect = false): string | undefined {
  return lawFault(result.summary) ?? storyFault(result) ?? (expect ? expectFault(result) : undefined);
}

function lawFault(law: Law): string | undefined {
  const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost } = law;
  if (received !== ignored + rejected + accepted) return 'received is not ignored + rejected + accepted';
  if (accepted !== stored + duplicates + dead + pending + lost) {
    return 'accepted is not stored + duplicates + dead + pending + lost';
  }
  if (pending + lost > 0) {
    return `${pending} events are pending (in the log, not in ClickHouse yet) and ${lost} are lost`;
  }
  return undefined;
}

function storyFault({ outcome, played }: DemoResult): string | undefined {
  const missing = outcome.stories.flatMap((story) => story.missing);
  return played && missing.length > 0 ? `expected and not alerted: ${missing.map(describe).join('; ')}` : undefined;
}

function expectFault({ summary: { unplannedAlerts, alerts }, played }: DemoResult): string | undefined {
  if (!played) return 'the stories were not told to their end';
  return unplannedAlerts > alerts.total * unplannedShareMax
    ? `${unplannedAlerts} of ${alerts.total} alerts belong to no planted story, at most ${unplannedShareMax * 100} % may`
    : undefined;
}
