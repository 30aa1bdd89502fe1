import type { JsonObject } from './json.ts';

/** What is told to the audit: what somebody wanted, in the words of what they wanted it of. */
export const auditActions = [
  'alert.acknowledge',
  'alert.resolve',
  'run.request', // work for agents, asked for by hand
  'run.cancel',
  'run.approve', // what a step wants to do
  'run.deny',
  'run.answer', // what came of a step that people took over
  'run.message', // told the agents of a run something
  'model.release', // made a model judge by another version
  'dead-letter.replay',
  'settings.change', // weights and thresholds that the configuration sets, on the log from then on
  'query', // a question in SQL; only with `query.audited`
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who wanted what, and what became of it. */
export interface AuditRecord {
  readonly org: string;
  /** The identity that asked; `configuration` for what stands there. */
  readonly by: string;
  readonly action: AuditAction;
  /** Id or name of what it was wanted of; empty where there was none yet. */
  readonly target: string;
  /** `refused`: it could not be, as it stood or as it was asked. `failed`: weir could not, or does not know whether it did. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** Code of the error where it is not `done`; else empty. */
  readonly code: string;
  /** The reason they gave; empty where none is asked for. */
  readonly why: string;
  /** What else they said, in short. */
  readonly data: JsonObject;
}

/** One message of `weir.audit.<org>`. */
export interface AuditEntry extends AuditRecord {
  readonly id: string;
  /** When it was over, RFC 3339 UTC. */
  readonly at: string;
}
