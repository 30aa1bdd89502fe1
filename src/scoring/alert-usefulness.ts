import { severities, type AlertContent, type Severity } from '../core/alert.ts';
import { clamp } from './limit.ts';
import type { Model } from './model.ts';

/** A person's verdict on an alert, by the rule that raised it: `finance/large-payment`. */
export type AlertVerdict = { readonly rule: string; readonly useful: boolean };

/** How the alerts of rules were judged, those judged last behind. Plain JSON, `rulesMax` rules at most. */
export type AlertUsefulness = readonly RuleVerdicts[];

/** `useful` and `noise` fade: an older verdict counts less. `judged` is how many there were. */
type RuleVerdicts = {
  readonly rule: string;
  readonly useful: number;
  readonly noise: number;
  readonly judged: number;
};

/** Rules are few; names can be made up by whoever sends verdicts. */
export const rulesMax = 200;
/** After so many verdicts on a rule one counts half: rules are mended, and what they watch changes. */
const halfLifeVerdicts = 50;

/** Before anybody has judged: four of five alerts are useful, as sure as five verdicts make it (Beta prior, α = 4, β = 1). */
const expected = { useful: 4, noise: 1 };

/** What people say of the alerts teaches how much the next ones of the same rule are worth. */
export const alertModel: Model<AlertUsefulness, AlertVerdict> = {
  name: 'alert_usefulness',
  description: 'how often the alerts of each rule are useful, learned from what people say of them',
  version: 1,
  initial: [],
  learn: learned,
  show: (rules) => ({
    outcomes: { positive: total(rules, 'useful'), negative: total(rules, 'noise') },
    calibration: [],
    weights: [],
    shares: rules
      .map((verdicts) => ({
        name: verdicts.rule,
        share: shareOf(verdicts),
        expected: shareOf({ useful: 0, noise: 0 }),
        seen: verdicts.judged,
      }))
      .toSorted((a, b) => a.share - b.share),
    driftAlarms: 0,
  }),
};

function learned(rules: AlertUsefulness, { rule, useful }: AlertVerdict): AlertUsefulness {
  const known = rules.find((verdicts) => verdicts.rule === rule) ?? { rule, useful: 0, noise: 0, judged: 0 };
  const left = 2 ** (-1 / halfLifeVerdicts);
  const next = {
    rule,
    useful: left * known.useful + (useful ? 1 : 0),
    noise: left * known.noise + (useful ? 0 : 1),
    judged: known.judged + 1,
  };
  return [...rules.filter((verdicts) => verdicts.rule !== rule), next].slice(-rulesMax);
}

/** 0 … 1: the mean of the Beta distribution after the verdicts. */
function shareOf({ useful, noise }: Pick<RuleVerdicts, 'useful' | 'noise'>): number {
  return (expected.useful + useful) / (expected.useful + expected.noise + useful + noise);
}

const total = (rules: AlertUsefulness, which: 'useful' | 'noise'): number =>
  rules.reduce((sum, verdicts) => sum + verdicts[which], 0);

/**
 * An alert with what people said of earlier ones of its rule, and what that makes of its severity: its step (0, 1, 2) and what was
 * learned, −1 … 0, rounded. So it is lowered where three of four are noise, by one step at most, and is never silent and never raised.
 * Of a rule that nobody has judged it is as it was.
 */
export function weighed(rules: AlertUsefulness, rule: string, content: AlertContent): AlertContent {
  const verdicts = rules.find((each) => each.rule === rule);
  if (!verdicts) return content;
  const share = shareOf(verdicts);
  const step = severities.indexOf(content.severity);
  const worth = step - clamp(1 - 2 * share, 0, 1);
  const severity = severities[Math.max(0, Math.ceil(worth - 0.5))] ?? content.severity;
  const evidence = {
    text: textOf(verdicts, content.severity, severity),
    eventIds: [],
    scores: [{ name: alertModel.name, value: share }],
  };
  return { ...content, severity, evidence: [...content.evidence, evidence] };
}

function textOf({ useful, noise, judged }: RuleVerdicts, own: Severity, told: Severity): string {
  const share = Math.round((100 * useful) / (useful + noise));
  const verdicts = `People found ${share} % of such alerts useful, in ${judged} verdicts`;
  return own === told ? verdicts : `${verdicts}: so this one is told as ${told}, not as ${own}`;
}
