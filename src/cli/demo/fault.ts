import type { Law } from '../../observe/law.ts';
import { describe } from '../../simulate/expectations.ts';
import { findingsLooked, isExplained } from '../../simulate/explained.ts';
import { unplannedShareMax } from '../../simulate/outcome.ts';
import { howMany } from '../output.ts';
import type { DemoResult } from './run.ts';

/** What went wrong, where something did: the demo is a promise, too. `expect`: that little else is alerted is part of it. */
export function faultOf(result: DemoResult, expect = false): string | undefined {
  return (
    lawFault(result.summary) ?? storyFault(result) ?? runFault(result) ?? (expect ? expectFault(result) : undefined)
  );
}

function lawFault(law: Law): string | undefined {
  const { received, ignored, rejected, accepted, stored, duplicates, dead, pending, lost } = law;
  if (received !== ignored + rejected + accepted) return 'received is not ignored + rejected + accepted';
  if (accepted !== stored + duplicates + dead + pending + lost) {
    return 'accepted is not stored + duplicates + dead + pending + lost';
  }
  if (pending + lost > 0) {
    return `${howMany(pending, 'event')} pending (in the log, not in ClickHouse yet), ${lost} lost`;
  }
  return undefined;
}

function storyFault({ outcome, played }: DemoResult): string | undefined {
  const missing = outcome.stories.flatMap((story) => story.missing);
  return played && missing.length > 0 ? `expected and not alerted: ${missing.map(describe).join('; ')}` : undefined;
}

/** A run that failed is a fault at any time; that each story is looked into and its cause named, once all of it was told. */
function runFault({ summary: { runs }, explained, underWay, played }: DemoResult): string | undefined {
  if (runs.failed > 0) return `${runs.failed} of ${runs.total} runs failed`;
  if (!played) return undefined;
  if (underWay > 0) return `${underWay} of ${runs.total} runs had not ended`;
  const missed = explained.filter((each) => !isExplained(each)).map(({ story }) => story);
  return missed.length > 0
    ? `not looked into, or the cause not named among the first ${findingsLooked} findings: ${missed.join(', ')}`
    : undefined;
}

function expectFault({ summary: { unplannedAlerts, alerts }, played }: DemoResult): string | undefined {
  if (!played) return 'the stories were not told to their end';
  return unplannedAlerts > alerts.total * unplannedShareMax
    ? `${unplannedAlerts} of ${alerts.total} alerts belong to no planted story, at most ${unplannedShareMax * 100} % may`
    : undefined;
}
