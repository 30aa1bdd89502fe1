/**
 * How often what an agent was so sure of came true: histogram binning (Zadrozny and Elkan 2001), shrunk towards what was said
 * while little is known. By agent; plain and bounded.
 */
export type Calibrations = Readonly<Record<string, readonly Bin[]>>;

export interface Bin {
  readonly count: number;
  /** Sum of what was said, and how many came true. */
  readonly said: number;
  readonly cameTrue: number;
}

/** What became of a finding: a person or a later event says whether it was so. */
export interface FindingOutcome {
  readonly agent: string;
  /** 0 … 1, as the agent said it. */
  readonly said: number;
  readonly cameTrue: boolean;
}

export const binCount = 5;
export const agentsMax = 1_000;
/** What was said counts as so many outcomes. */
const priorCount = 10;
/** Outcomes of a bin that count at most: each new one takes 1/200 from the older ones. */
const countedMax = 200;

const emptyBins: readonly Bin[] = Array.from({ length: binCount }, () => ({ count: 0, said: 0, cameTrue: 0 }));

/** Beyond `agentsMax` no new agent is taken up. */
export function calibratedBy(calibrations: Calibrations, { agent, said, cameTrue }: FindingOutcome): Calibrations {
  const known = Object.hasOwn(calibrations, agent);
  if (!known && Object.keys(calibrations).length >= agentsMax) return calibrations;
  const bins = (known ? calibrations[agent] : undefined) ?? emptyBins;
  const left = 1 - 1 / countedMax;
  const next = bins.map((bin, index) =>
    index === binOf(said)
      ? {
          count: bin.count * left + 1,
          said: bin.said * left + said,
          cameTrue: bin.cameTrue * left + (cameTrue ? 1 : 0),
        }
      : bin,
  );
  return { ...calibrations, [agent]: next };
}

/** 0 … 1: what an agent says, corrected by how much more or less often than said it came true in the same bin. */
export function calibrated(calibrations: Calibrations, agent: string, said: number): number {
  const bin = (Object.hasOwn(calibrations, agent) ? calibrations[agent] : undefined)?.[binOf(said)];
  return bin ? corrected(bin, said) : said;
}

/** 0 … 1: what was said, by what became of the like. */
export const corrected = (bin: Bin, said: number): number =>
  Math.min(1, Math.max(0, said + (bin.cameTrue - bin.said) / (bin.count + priorCount)));

const binOf = (said: number): number => Math.min(binCount - 1, Math.max(0, Math.floor(said * binCount)));
