import type { AgentReport } from '../core/agent.ts';
import type { FindingOutcome } from './calibration.ts';
import { listAt, numberAt, textAt } from '../core/read.ts';
import { broughtIn, cameAsExpected, expectedIn, type Expected } from './forecasts.ts';
import { askedFirst, type RunRequest } from './run.ts';
import type { Said } from './said.ts';

/** A finding that something later may say of whether it was so. */
export interface Found {
  readonly run: string;
  /** The runs it is under, the nearest first. */
  readonly above: readonly string[];
  readonly step: string;
  readonly skill: string;
  readonly agent: string;
  readonly entity: string;
  /** What of it; null: the entity itself. */
  readonly subject: string | null;
  readonly isRisk: boolean;
  /** 0 … 1. */
  readonly said: number;
  /** What a forecast says of the months after it. */
  readonly expected?: Expected;
  /** Of who is said to have room to grow: the seats it has. */
  readonly seats?: number;
  /** Of the run: who asked for it, or for the first above it, about whom, as of when (event time, ms). */
  readonly by: string;
  readonly about: string | null;
  readonly asOf: number;
}

/** The run that found it. */
interface Finder extends Pick<Found, 'above'> {
  readonly request: Pick<RunRequest, 'id' | 'entity' | 'by' | 'kind' | 'asOf' | 'parent'>;
}

/** That findings were so, or were not. */
export interface Judgement {
  readonly cameTrue: boolean;
  isOf(found: Found): boolean;
}

/** What a report finds, as it is kept until something says whether it was so. */
export function foundBy(
  { request, above }: Finder,
  by: Pick<Found, 'step' | 'skill' | 'agent'>,
  report: AgentReport,
): readonly Found[] {
  const { id: run, entity: about, asOf } = request;
  const of = { run, above, ...by, by: askedFirst(request).by, about, asOf: Date.parse(asOf) };
  const expected = by.skill === 'forecast' ? expectedIn(report) : undefined;
  const allSeats = by.skill === 'expansion' ? seatsIn(report) : undefined;
  return report.insights.map(({ entity, subject = null, kind, confidence: said }) => {
    const seats = allSeats?.get(entity);
    const found = { ...of, entity, subject, isRisk: kind === 'risk', said };
    return { ...found, ...(expected && { expected }), ...(seats !== undefined && { seats }) };
  });
}

/**
 * What a report tells of earlier findings: a check of whether what was ended is mended, of what had been proposed; a forecast, of those
 * whose months are over by now; a look at seats, of those who were to take more. `asOf`: as of when it was asked, event time, ms.
 */
export function verifiedBy(skill: string, report: AgentReport, asOf: number): readonly Judgement[] {
  switch (skill) {
    case 'verification':
      return mendsJudgedBy(report);
    case 'forecast':
      return forecastsJudgedBy(report);
    case 'expansion':
      return growthJudgedBy(report, asOf);
    default:
      return [];
  }
}

/** Customers' seats, as a report of `expansion` tells them. */
const seatsIn = ({ output }: AgentReport): ReadonlyMap<string, number> =>
  new Map(
    listAt(output, 'seats').flatMap((each) => {
      const [entity, seats] = [textAt(each, 'entity'), numberAt(each, 'seats')];
      return entity === undefined || seats === undefined ? [] : [[entity, seats] as const];
    }),
  );

/** Who has more seats within half a year has grown; who has no more after it, has not. */
function growthJudgedBy(report: AgentReport, asOf: number): readonly Judgement[] {
  const now = seatsIn(report);
  const hasGrown = ({ entity, seats: before, asOf: since }: Found): boolean | undefined => {
    const seats = now.get(entity);
    if (before === undefined || seats === undefined || asOf <= since) return undefined;
    const isInTime = asOf <= since + growthWithinMs;
    return seats > before === isInTime ? isInTime : undefined;
  };
  return [true, false].map((cameTrue) => ({ cameTrue, isOf: (found) => hasGrown(found) === cameTrue }));
}

/** The same payments of the same entity say what came of what was expected of it. */
function forecastsJudgedBy(report: AgentReport): readonly Judgement[] {
  const [entity] = report.insights.map((insight) => insight.entity);
  const brought = broughtIn(report);
  return [true, false].map((cameTrue) => ({
    cameTrue,
    isOf: ({ expected, ...found }) =>
      found.entity === entity && expected !== undefined && cameAsExpected(expected, brought) === cameTrue,
  }));
}

function mendsJudgedBy({ output }: AgentReport): readonly Judgement[] {
  const { verdicts } = output;
  if (!Array.isArray(verdicts)) return [];
  return verdicts.flatMap((verdict) => {
    if (typeof verdict !== 'object' || verdict === null || Array.isArray(verdict)) return [];
    const { entity, fixed } = verdict;
    if (typeof entity !== 'string' || typeof fixed !== 'boolean') return [];
    return [{ cameTrue: fixed, isOf: (found: Found) => found.skill === 'remediation' && found.entity === entity }];
  });
}

/** Who has not left for so long has stayed; as the model of `churn_risk` has it. */
const churnWithinMs = 60 * 24 * 3_600_000;

/** What something told beside the runs says of findings from before it. */
export function judgedBy(said: Exclude<Said, { said: 'release' | 'tried' }>): readonly Judgement[] {
  const time = Date.parse(said.time);
  const warned = (found: Found) => found.isRisk && found.asOf <= time;
  switch (said.said) {
    case 'verdict': {
      const by = `pipeline:${said.pipeline}`;
      return [
        { cameTrue: said.useful, isOf: (found) => warned(found) && found.by === by && found.about === said.entity },
      ];
    }
    case 'churn':
      return [
        ...churned(said, (found) => warned(found) && found.skill === 'churn' && found.entity === said.entity, time),
        ...(said.left ? [grown(said.entity, time, false)] : []),
      ];
    // Who warned of a deal said that it may be lost; of a payment, that it is not as it should be.
    case 'deal':
      return [
        { cameTrue: !said.won, isOf: (found) => warned(found) && isAbout(found, 'pipeline', said) },
        grown(said.entity, time, said.won),
      ];
    case 'payment':
      return [{ cameTrue: said.fraud, isOf: (found) => warned(found) && isAbout(found, 'kpis', said) }];
    default:
      return said satisfies never;
  }
}

const isAbout = (found: Found, skill: string, said: { readonly entity: string; readonly subject: string }): boolean =>
  found.skill === skill && found.entity === said.entity && found.subject === said.subject;

/** What comes later is another story: `expansion` says what is needed half a year from now. */
const growthWithinMs = 182 * 24 * 3_600_000;

/** Who is said to have room to grow buys more, or does not: the first deal of theirs that closes after it says so, or that they leave. */
const grown = (entity: string, time: number, cameTrue: boolean): Judgement => ({
  cameTrue,
  isOf: (found) =>
    found.skill === 'expansion' && found.entity === entity && found.asOf <= time && time <= found.asOf + growthWithinMs,
});

/** Where nobody said that it stays, only who was said to leave so long ago has stayed. */
function churned(
  { left, told }: Extract<Said, { said: 'churn' }>,
  isAwaited: (found: Found) => boolean,
  time: number,
): readonly Judgement[] {
  const isLongAgo = (found: Found) => isAwaited(found) && found.asOf <= time - churnWithinMs;
  const stayed = { cameTrue: false, isOf: isLongAgo };
  return left || told === true ? [stayed, { cameTrue: left, isOf: isAwaited }] : [stayed];
}

/** What became of findings, by who made them. */
export const outcomesOf = (found: readonly Found[], cameTrue: boolean): readonly FindingOutcome[] =>
  found.map(({ agent, said }) => ({ agent, said, cameTrue }));
