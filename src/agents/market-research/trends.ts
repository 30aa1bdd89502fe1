import type { AgentInsight } from '../../core/agent.ts';
import { abstain, found, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf, inLast } from '../shared/sql.ts';
import { apartOf, confidenceOf, rates } from '../shared/statistics.ts';
import { about, numberIn, textIn } from '../shared/telling.ts';

const [lately, before] = [28, 84];
const newsMin = 30;
/** A word of fewer pieces is no topic. */
const piecesMin = 6;
const topicsMax = 500;
/** A topic is told of on so many days at least: one story that everybody tells is a burst. */
const daysMin = 4;

const known = `
  SELECT countIf(${inLast(lately)}) AS late, countIf(${inLast(before, lately)}) AS early,
    toInt64(dateDiff('day', min(time), ${asOf})) AS days
  FROM events WHERE type = 'market.news' AND ${inLast(lately + before)}`;

/**
 * In how many pieces of news each word stands (of five letters or more: shorter ones are seldom a topic), and on how many different
 * days: one story told by everybody is a burst, and none of these.
 */
const question = `
  SELECT word, countIf(${inLast(lately)}) AS late, countIf(${inLast(before, lately)}) AS early,
    uniqExactIf(toDate(time), ${inLast(lately)}) AS days, argMax(title, (time, id)) AS example
  FROM (
    SELECT time, id, JSONExtractString(data, 'title') AS title,
      arrayJoin(arrayDistinct(splitByNonAlpha(lower(concat(title, ' ', JSONExtractString(data, 'summary')))))) AS word
    FROM events WHERE type = 'market.news' AND ${inLast(lately + before)}
  )
  WHERE length(word) >= 5 AND NOT match(word, '^[0-9]+$')
  GROUP BY word HAVING late + early >= ${piecesMin} ORDER BY late + early DESC, word LIMIT ${topicsMax}`;

/** Words of the news whose share of all news has doubled or halved in the last four weeks. */
export async function trends({ ask }: Analysis): Promise<Found> {
  const [all, words] = [await ask(known), await ask(question)];
  const [first = {}] = all.rows;
  const [late, early] = [numberIn(first, 'late'), numberIn(first, 'early')];
  if (late + early < newsMin || numberIn(first, 'days') < lately * 2 || late === 0 || early === 0) {
    return abstain(`fewer than ${newsMin} pieces of market news over ${lately * 2} days: nothing to compare with`);
  }
  const topics = words.rows
    .map((row) => ({ row, now: numberIn(row, 'late'), before: numberIn(row, 'early') }))
    // What stands in every other piece is no topic.
    .filter(({ now, before: earlier }) => now + earlier <= (late + early) / 2);
  const sum = (of: readonly (typeof topics)[number][], part: 'now' | 'before') =>
    of.reduce((total, topic) => total + topic[part], 0);
  // By what else is told, not by days: more news of everything is no trend of one topic.
  const apart = apartOf(topics, (left) => {
    const [now, earlier] = [sum(left, 'now'), sum(left, 'before')];
    return (one) => rates(one.now, now - one.now, one.before, earlier - one.before);
  });
  const moved = apart
    .map(({ one: { row, now, before: earlier }, others, difference }) => {
      const usual = (earlier * sum(others, 'now')) / Math.max(sum(others, 'before'), 1);
      return { row, now, usual, difference, ratio: (now + 0.5) / (usual + 0.5) };
    })
    .filter(({ row, ratio }) => ratio <= 0.5 || (ratio >= 2 && numberIn(row, 'days') >= daysMin));
  const insights = moved.map(({ row, now, usual, difference, ratio }): AgentInsight => {
    const word = textIn(row, 'word');
    const rises = difference.z > 0;
    const figure = `“${word}” stands in ${now} of ${late} pieces of news, ${about(usual)} were usual`;
    return {
      kind: rises ? 'opportunity' : 'risk',
      entity: 'market:general',
      title: `The market speaks ${rises ? 'more' : 'less'} of “${word}”: ${now} pieces, usually ${about(usual)}`,
      detail: `${figure}. Such as: ${textIn(row, 'example')}.`,
      evidence: [words.evidence(figure), all.evidence(`${late} pieces of news, ${early} before`)],
      effect: {
        name: 'ratio of shares',
        value: Math.round(ratio * 100) / 100,
        unit: 'times',
      },
      confidence: confidenceOf(difference),
      action: {
        text: rises
          ? `Say in the product and in sales what we have for “${word}”`
          : `Do not plan with “${word}” any more`,
        expectedValue: null,
        currency: null,
      },
    };
  });
  return found(insights, { topics: moved.map(({ row }) => textIn(row, 'word')) });
}
