import type { Cause } from './scenario.ts';

/** A run as far as it is told whether it named what was planted. */
export interface LookedInto {
  readonly id: string;
  readonly kind: string;
  readonly entity: string | null;
  /** Event time, RFC 3339. */
  readonly asOf: string;
  readonly findings: readonly { readonly entity: string; readonly title: string; readonly detail: string }[];
}

/** What the runs about a story came to. */
export interface StoryRuns<R extends LookedInto> {
  readonly story: string;
  readonly runs: readonly R[];
  /** Those of them that do not name the story's cause among their first findings. The story is explained when there are runs, and none of these. */
  readonly missed: readonly R[];
}

/** Of so many first findings one has to name the cause. */
export const findingsLooked = 3;

/** Which runs are about which story, and which of them name what was planted. */
export function explainedBy<R extends LookedInto>(
  causes: readonly Cause[],
  runs: readonly R[],
): readonly StoryRuns<R>[] {
  return causes.map((cause) => {
    const its = runs.filter((run) => isAbout(cause, run));
    return { story: cause.story, runs: its, missed: its.filter((run) => !names(cause, run)) };
  });
}

export const isExplained = ({ runs, missed }: StoryRuns<LookedInto>): boolean => runs.length > 0 && missed.length === 0;

function isAbout({ kind, entity, from, to }: Cause, run: LookedInto): boolean {
  const asOf = Date.parse(run.asOf);
  return run.kind === kind && run.entity === entity && from <= asOf && asOf <= to;
}

const names = ({ entity, says }: Cause, { findings }: LookedInto): boolean =>
  findings
    .slice(0, findingsLooked)
    .some((finding) => finding.entity === entity && (says.test(finding.title) || says.test(finding.detail)));
