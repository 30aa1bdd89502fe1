import { hash } from 'node:crypto';
import { canonical } from '../core/canonical.ts';
import { WeirError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { QueryError, textForm } from '../core/query.ts';
import type { AgentData } from '../orchestration/agent.ts';
import type { Asking } from '../store/store.ts';

export interface AgentDataDeps {
  readonly asking: Asking;
  readonly org: string;
  /** A question with more rows is refused. Default 10,000. */
  readonly maxRows?: number;
}

/**
 * An organisation's data for agents, through the same walls as everybody's questions. Values of parameters are plain text.
 */
export function createAgentData({ asking, org, maxRows = 10_000 }: AgentDataDeps): AgentData {
  return {
    async ask(query, params) {
      const values = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, textForm(value)]));
      const answer = await asking.ask({ org, sql: query, params: values, format: 'JSONEachRow', settings: asPlain });
      if (answer.kind === 'refused') throw new QueryError(answer.code, answer.type, answer.message);
      if (answer.format !== 'JSONEachRow') {
        throw new WeirError('request-malformed', 'A question of an agent names no FORMAT.');
      }
      const lines = answer.body.toString().split('\n').slice(0, -1);
      if (lines.length > maxRows) {
        throw new QueryError(396, 'TOO_MANY_ROWS_OR_BYTES', `The answer has more than ${maxRows} rows.`);
      }
      const rows = lines.map((line): JsonObject => JSON.parse(line));
      return {
        rows,
        evidence: (text) => ({ query, params, rowsHash: hash('sha256', canonical(rows), 'hex'), text }),
      };
    },
  };
}

/** Numbers as numbers, what is none (NaN, infinity) as null, times in RFC 3339. */
const asPlain = {
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: '0',
  output_format_json_quote_denormals: '0',
  output_format_json_named_tuples_as_objects: '1',
};
