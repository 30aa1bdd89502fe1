import type { AgentInsight, AgentReport } from '../core/agent.ts';
import { groupBy } from '../core/group.ts';
import { idOf } from '../core/ids.ts';
import type { Insight } from '../core/insight.ts';
import type { Contradiction, Finding, FoundBy, Missing, OrchestrationResult } from '../core/orchestration.ts';
import { calibrated, type Calibrations } from './calibration.ts';
import { contradictionsIn, type Contradicted } from './contradictions.ts';
import type { ConflictRule } from '../core/conflicts.ts';
import { clustersOf, type Made } from './merge.ts';
import { byTelling } from './telling.ts';

/** What a run was about. */
export interface About {
  readonly run: string;
  readonly org: string;
  readonly entity: string | null;
  readonly kind: string;
  readonly goal: string;
  readonly asOf: string;
}

/** How each step of the plan ended. */
export type StepEnd =
  | {
      readonly end: 'reported';
      readonly step: string;
      readonly skill: string;
      readonly agent: string;
      readonly version: number;
      readonly report: AgentReport;
    }
  | {
      readonly end: 'failed' | 'skipped' | 'left-out';
      readonly step: string;
      readonly skill: string;
      readonly why: string;
    };

type Reported = Extract<StepEnd, { end: 'reported' }>;

export const findingsMax = 50;

/** What came of a run. The same ends and calibrations give the same result, whatever order the steps ended in. */
export function synthesised(
  about: About,
  ends: readonly StepEnd[],
  calibrations: Calibrations,
  rule: ConflictRule = 'better-evidenced-stands',
): OrchestrationResult {
  const ordered = ends.toSorted((a, b) => (a.step < b.step ? -1 : 1));
  const reported = ordered.filter((each) => each.end === 'reported');
  const made = reported.flatMap((each) => each.report.insights.map((insight) => madeBy(each, insight, calibrations)));
  const groups = [...groupBy(made, ({ insight }) => aboutOf(insight)).values()];
  const contradicted = groups.map((group) => contradictionsIn(clustersOf(group, about.org), rule));
  const all = byTelling(
    contradicted.flatMap(({ findings }) => findings),
    about.entity,
  );
  const findings = all.slice(0, findingsMax);
  const kept = new Set(findings.map(({ id }) => id));
  const contradictions = contradicted
    .flatMap((each: Contradicted) => each.contradictions)
    .filter(({ stands, yields }) => kept.has(stands) && kept.has(yields));
  const missing = ordered.flatMap(missingOf);
  const confidence = (findings[0]?.confidence ?? 0) * shareAnswered(ends);
  const degraded = reported.some(({ report }) => report.degraded);
  const summary = summaryOf(findings, contradictions, missing);
  return { ...about, findings, contradictions, missing, confidence, degraded, summary };
}

/** The findings as insights of the organisation: those that are surer than not. `eventIds` are the events that caused the run. */
export function insightsOf(
  result: OrchestrationResult,
  eventIds: readonly string[],
  version: number,
): readonly Insight[] {
  const { run, org, asOf, kind } = result;
  return result.findings
    .filter(({ confidence }) => confidence >= 0.5)
    .map(({ id, entity, title, detail, confidence, action, ...finding }) => ({
      id: idOf(org, 'orchestration', kind, entity, run, id),
      kind: finding.kind,
      org,
      entity,
      title,
      detail: `${detail} ${action.text}`,
      expectedValue: action.expectedValue,
      currency: action.currency,
      confidence,
      eventIds,
      time: asOf,
      pipeline: 'orchestration',
      version,
    }));
}

function madeBy(
  { step, skill, agent, version, report }: Reported,
  insight: AgentInsight,
  calibrations: Calibrations,
): Made {
  const said = insight.confidence;
  // The answer of a lesser way counts for half of the evidence it has.
  const hashes = new Set(insight.evidence.map(({ rowsHash }) => rowsHash));
  const weight = hashes.size * (report.degraded ? 0.5 : 1);
  const by: FoundBy = { step, agent, version, said, calibrated: calibrated(calibrations, agent, said) };
  const alike = report.insights.filter((each) => aboutOf(each) === aboutOf(insight));
  return { insight, by, weight, skill, alone: alike.length === 1 };
}

/** Of whom, measured by what. Only such findings can be the same, or contradict each other. */
const aboutOf = ({ entity, effect }: AgentInsight): string => JSON.stringify([entity, effect.name, effect.unit]);

function missingOf(end: StepEnd): readonly Missing[] {
  const { step, skill } = end;
  if (end.end !== 'reported') return [{ step, skill, reason: end.end, why: end.why }];
  const { abstained } = end.report;
  return abstained === null ? [] : [{ step, skill, reason: 'abstained', why: abstained }];
}

/** Who looked and had nothing to say has answered, and what was not to be asked lacks nowhere; who failed may have known better. */
function shareAnswered(ends: readonly StepEnd[]): number {
  const unanswered = ends.filter(({ end }) => end === 'failed' || end === 'left-out');
  return ends.length === 0 ? 0 : 1 - unanswered.length / ends.length;
}

/** What was found first; why nothing is said of the rest stands in `missing`. Says nothing that is not in its parts. */
function summaryOf(
  findings: readonly Finding[],
  contradictions: readonly Contradiction[],
  missing: readonly Missing[],
): string {
  const first = findings.length === 0 ? ['Nothing was found.'] : findings.slice(0, 3).map(({ title }) => `${title}.`);
  const disagreed = contradictions.map(({ effect, entity }) => `Agents disagree on ${effect} of ${entity}.`);
  const skills = [...new Set(missing.map(({ skill }) => skill))];
  const lacking = skills.length === 0 ? [] : [`No word on ${skills.join(', ')}.`];
  return [...first, ...new Set(disagreed), ...lacking].map((sentence) => sentence.replace(/\.\.$/, '.')).join(' ');
}
