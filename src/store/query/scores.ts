import { eventHeadSchema, scoreSchema } from '../../../schemas/score.ts';
import { WeirError } from '../../core/errors.ts';
import type { Score } from '../../core/score.ts';
import { textForm } from '../../core/query.ts';
import { rfc3339Of } from '../../core/time.ts';
import { quoted } from '../clickhouse/settings.ts';
import type { Asking, QueryParams, Scores } from '../store.ts';

/** Scores by questions of our own, through the same walls as everybody's: the organisation's rows, within the limits. */
export function createScores(asking: Asking): Scores {
  const rows = async (org: string, sql: string, params: QueryParams): Promise<readonly unknown[]> => {
    const answer = await asking.ask({ org, sql, params, format: 'JSONEachRow', settings: asIso });
    if (answer.kind === 'refused') throw new WeirError('store-unavailable', `ClickHouse: ${answer.message}`);
    const lines = answer.body.toString('utf8').split('\n');
    return lines.flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]));
  };

  return {
    async at({ org, entity, at, name, subject, after, limit }) {
      const params = {
        entity: textForm(entity),
        limit: String(limit),
        ...(at !== undefined && { at: momentOf(at) }),
        ...(name !== undefined && { name: textForm(name) }),
        ...(subject !== undefined && { subject: textForm(subject) }),
        ...(after && { afterName: textForm(after.name), afterSubject: textForm(after.subject ?? '') }),
      };
      const conditions = [
        'entity = {entity:String}',
        ...(at === undefined ? [] : ["time <= {at:DateTime64(3, 'UTC')}"]),
        ...(name === undefined ? [] : ['name = {name:String}']),
        ...(subject === undefined ? [] : [`${subjectOf} = {subject:String}`]),
        ...(after ? [`(name, ${subjectOf}) > ({afterName:String}, {afterSubject:String})`] : []),
      ].join(' AND ');
      // The reasons, which are most of a row, are read of the few that are answered.
      const latest = `SELECT argMax(id, (time, storedAt, ordinal, id)) FROM scores WHERE ${conditions}
        GROUP BY name, ${subjectOf} ORDER BY name, ${subjectOf} LIMIT {limit:UInt32}`;
      const sql = `SELECT ${scoreColumns} FROM scores WHERE entity = {entity:String} AND id IN (${latest})
        ORDER BY name, ${subjectOf}`;
      return (await rows(org, sql, params)).map(scoreIn);
    },

    async find(org, id) {
      const [row] = await rows(org, `SELECT ${scoreColumns} FROM scores WHERE id = {id:String} LIMIT 1`, {
        id: textForm(id),
      });
      return row === undefined ? undefined : scoreIn(row);
    },

    async events(org, entity, ids) {
      if (ids.length === 0) return new Map();
      const params = { entity: textForm(entity), ids: `[${ids.map(quoted).join(',')}]` };
      const sql = `SELECT id, time, type, origin, subject FROM events WHERE entity = {entity:String} AND id IN {ids:Array(String)}`;
      const found = (await rows(org, sql, params)).map((row) => eventHeadSchema.parse(row));
      return new Map(found.map((event) => [event.id, event]));
    },
  };
}

const asIso = { date_time_output_format: 'iso' };
const subjectOf = "ifNull(subject, '')";
const scoreColumns =
  'id, name, org, entity, subject, value, confidence, contributions, time, pipeline, version, settings';

/** A column holds something always: of a score made as shipped a version 0, which settings never have. */
function scoreIn(row: unknown): Score {
  const { settings, ...score } = scoreSchema.parse(row);
  return settings === undefined || settings.version === 0 ? score : { ...score, settings };
}

/** No row lies outside of what a DateTime64 can be. */
const moments = { first: Date.UTC(1900, 0, 1), last: Date.UTC(2299, 11, 31) };

/** As ClickHouse reads a moment in UTC. */
function momentOf(ms: number): string {
  const within = Math.min(Math.max(ms, moments.first), moments.last);
  return rfc3339Of(within).replace('T', ' ').replace('Z', '');
}
