import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt, textAt } from '../../core/read.ts';
import type { Rows } from '../../orchestration/agent.ts';
import { winProbability } from '../../scoring/deal.ts';
import type { Analysis } from '../shared/analyst.ts';
import { asOf, inLast, named, reasonsIn } from '../shared/sql.ts';
import { moneyOf, nameOf, numberIn, textIn } from '../shared/telling.ts';

/** From here on a deal needs attention, as the pipeline hubspot says. */
const riskFrom = 0.5;
/** So many days without a word are worth telling. */
const quietFrom = 7;

/** What was scored last of each deal; a closed one's risk is certain. Everything that happens to a deal is scored, so it was quiet since. */
const question = `
  SELECT ifNull(subject, '') AS deal, entity, round(argMax(value, (time, ordinal)), 4) AS risk,
    round(argMax(confidence, (time, ordinal)), 4) AS sure, round(dateDiff('second', max(time), ${asOf}) / 86400, 1) AS quiet,
    ${reasonsIn(`argMax(contributions, (time, ordinal))`, ['stage'])} AS why
  FROM scores WHERE name = 'deal_risk' AND ${named} AND ${inLast(90)}
  GROUP BY deal, entity HAVING risk >= ${riskFrom} AND sure < 1 ORDER BY deal, entity`;

/** Deals that are at risk by their score, with what warns of it and how long nothing has happened; `open` tells what they are worth. */
export async function atRisk({ ask }: Analysis, open: Rows): Promise<readonly AgentInsight[]> {
  const scored = await ask(question);
  const known = new Map(open.rows.map((row) => [textIn(row, 'deal'), row]));
  return scored.rows.map((row) => toldRisk(row, known.get(textIn(row, 'deal')), scored, open));
}

function toldRisk(row: JsonObject, deal: JsonObject | undefined, scored: Rows, open: Rows): AgentInsight {
  const [id, entity, risk, quiet] = [
    textIn(row, 'deal'),
    textIn(row, 'entity'),
    numberIn(row, 'risk'),
    numberIn(row, 'quiet'),
  ];
  const [amount, currency] = [numberAt(deal, 'amount') ?? 0, textAt(deal, 'currency') ?? null];
  const silence = quiet >= quietFrom ? `nothing for ${Math.round(quiet)} days` : '';
  const signs = [silence, textIn(row, 'why')].filter((sign) => sign !== '').join(', ');
  const worth = deal ? `It is worth ${moneyOf(amount, currency)}.` : 'What it is worth nobody noted.';
  return {
    kind: 'risk',
    entity,
    subject: id,
    title: `Deal ${id} with ${nameOf(entity)} ${silence === '' ? 'is at risk' : 'goes cold'}: ${signs}`,
    detail: `Its risk of being lost is scored ${risk.toFixed(2)}. ${worth}`,
    evidence: [
      scored.evidence(`deal ${id}: risk ${risk.toFixed(2)}${signs === '' ? '' : `, ${signs}`}`),
      ...(deal ? [open.evidence(`deal ${id} stands in ${textIn(deal, 'stage')}`)] : []),
    ],
    effect: { name: 'risk of being lost', value: risk, unit: 'of 1' },
    confidence: numberIn(row, 'sure'),
    action: {
      text: `Call the buyer of deal ${id}, or somebody else at ${nameOf(entity)}, and agree on a next step with a date`,
      expectedValue: amount > 0 ? Math.round(amount * (winProbability.get(textIn(deal ?? {}, 'stage')) ?? 0.4)) : null,
      currency,
    },
  };
}
