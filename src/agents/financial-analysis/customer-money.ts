import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Rows } from '../../orchestration/agent.ts';
import type { Analysis } from '../shared/analyst.ts';
import { inLast, reasonsIn } from '../shared/sql.ts';
import { nameOf, numberIn, textIn } from '../shared/telling.ts';

/** Where alerts about payments begin. */
const unusualFrom = 0.5;

/** What payments are reported by, if they turn out to be fraud: as the pipeline finance has it. */
const payments = `(
  SELECT id, arrayFirst(p -> p != '', arrayMap(n -> JSONExtractString(data, 'data', 'object', n), ['payment_intent', 'charge', 'id'])) AS payment
  FROM events
  WHERE entity = {entity:String} AND type IN ('stripe.invoice.paid', 'stripe.charge.succeeded') AND ${inLast(4)}
)`;

/**
 * How the money of one customer stands: what was said last of whether it comes, and its largest payment of late beside what is usual. A
 * payment ends a run of failed ones, and with it what is told of them.
 */
const question = `
  SELECT name, entity, value, sure, why, if(name = 'payment_size', payment, '') AS payment FROM (
    SELECT name, entity, round(value, 4) AS value, round(confidence, 4) AS sure, ${reasonsIn('contributions')} AS why,
      arrayElement(contributions.eventId, 1) AS cause,
      row_number() OVER (PARTITION BY name ORDER BY if(name = 'payment_size', value, 0) DESC, time DESC, ordinal DESC) AS place
    FROM scores
    WHERE entity = {entity:String}
      AND (name = 'payment_risk' AND ${inLast(30)} OR name = 'payment_size' AND ${inLast(3)})
  ) AS scored
  LEFT JOIN ${payments} AS paid ON paid.id = cause
  WHERE place = 1 AND value >= ${unusualFrom} ORDER BY name`;

/** What is unusual about the payments of the customer the task is about; nothing where it is about nobody. */
export async function customerMoney({ ask, task }: Analysis): Promise<readonly AgentInsight[]> {
  if (!task.entity?.startsWith('account:')) return [];
  const scored = await ask(question);
  return scored.rows.map((row) => told(row, scored));
}

function told(row: JsonObject, scored: Rows): AgentInsight {
  const [entity, value, why] = [textIn(row, 'entity'), numberIn(row, 'value'), textIn(row, 'why')];
  const name = nameOf(entity);
  const payment = textIn(row, 'payment');
  const large = textIn(row, 'name') === 'payment_size';
  const disputed = !large && why.includes('disputed');
  const what = large
    ? `A payment of ${name} is unusual`
    : disputed
      ? `${name} disputes a payment`
      : `Payments of ${name} fail`;
  const todo = large
    ? `Check the payment of ${name} against its contract, and look for a second charge for the same thing`
    : disputed
      ? `Talk to ${name} before answering the bank, and collect the evidence before it is due`
      : `Ask ${name} for another way to pay before its access ends`;
  return {
    kind: 'risk',
    entity,
    ...(payment !== '' && { subject: payment }),
    title: `${what}: ${why}`,
    detail: large
      ? `By what it paid before, ${value.toFixed(2)} of 1 unusual.`
      : `The risk that its money does not come is scored ${value.toFixed(2)}.`,
    evidence: [scored.evidence(why)],
    effect: { name: large ? 'distance from usual' : 'risk that money does not come', value, unit: 'of 1' },
    confidence: numberIn(row, 'sure'),
    action: { text: todo, expectedValue: null, currency: null },
  };
}
