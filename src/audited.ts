import type { Alerts } from './alerts/service.ts';
import type { Audit } from './audit/audit.ts';
import type { AuditRecord } from './core/audit.ts';
import type { DeadLetter } from './core/dead-letter.ts';
import { isWeirError } from './core/errors.ts';
import type { Sessions } from './orchestration/sessions.ts';
import type { PipelineHappenings } from './pipeline/happenings.ts';
import type { Models } from './pipeline/model-service.ts';

/** What somebody wanted; what became of it is told when it is over. */
type Wanted = Omit<AuditRecord, 'outcome' | 'code' | 'why' | 'data'> & Partial<Pick<AuditRecord, 'why' | 'data'>>;

/** A statement is kept up to here. */
const sqlMax = 4_000;

/**
 * The parts that carry out what people ask, as they are but for this: the audit is told of each. Whoever lacks the right is refused
 * before that, and is not in the audit of an organisation that may be none of theirs.
 */
export function auditedBy({ record }: Pick<Audit, 'record'>) {
  async function told<T>(wanted: Wanted, act: () => Promise<T>, more?: (result: T) => Partial<Wanted>): Promise<T> {
    const whole = { why: '', data: {}, ...wanted };
    try {
      const result = await act();
      record({ ...whole, outcome: 'done', code: '', ...more?.(result) });
      return result;
    } catch (error) {
      const { code, status } = isWeirError(error) ? error : ({ code: 'internal', status: 500 } as const);
      record({ ...whole, outcome: status < 500 ? 'refused' : 'failed', code });
      throw error;
    }
  }

  return {
    alerts: <A extends Pick<Alerts, 'command'>>(alerts: A): A => ({
      ...alerts,
      command(org, target, command) {
        const { by, why, version, episode } = command;
        const action = command.kind === 'acknowledge' ? 'alert.acknowledge' : 'alert.resolve';
        const wanted = { org, by, action, target, why, data: { version, episode } } as const;
        return told(wanted, () => alerts.command(org, target, command));
      },
    }),

    sessions: <S extends Sessions>(sessions: S): S => ({
      ...sessions,
      create(request) {
        const { org, by, kind, entity, goal } = request;
        const wanted = { org, by, action: 'run.request', target: '', data: { kind, entity, goal } } as const;
        return told(
          wanted,
          () => sessions.create(request),
          ({ id }) => ({ target: id }),
        );
      },
      cancel: (org, target, by, why) =>
        told({ org, by, action: 'run.cancel', target, why }, () => sessions.cancel(org, target, by, why)),
      approve(target, answer) {
        const { org, by, step, argumentsHash, why } = answer;
        const action = answer.decision === 'grant' ? 'run.approve' : 'run.deny';
        const wanted = { org, by, action, target, why, data: { step, argumentsHash } } as const;
        return told(wanted, () => sessions.approve(target, answer));
      },
      answer(target, answer) {
        const { org, by, step, done, why } = answer;
        const wanted = { org, by, action: 'run.answer', target, why, data: { step, done } } as const;
        return told(wanted, () => sessions.answer(target, answer));
      },
      communicate(message) {
        const { org, by, session: target, to, text } = message;
        return told({ org, by, action: 'run.message', target, data: { to, text } }, () =>
          sessions.communicate(message),
        );
      },
    }),

    models: (models: Models): Models => ({
      ...models,
      release(org, target, command) {
        const { by, why, version } = command;
        const wanted = { org, by, action: 'model.release', target, why, data: { version } } as const;
        return told(wanted, () => models.release(org, target, command));
      },
    }),

    replay:
      <A>(replay: (letter: DeadLetter) => Promise<A>) =>
      (letter: DeadLetter, by: string): Promise<A> => {
        const { org, id: target, hop, source, reason } = letter;
        const wanted = { org, by, action: 'dead-letter.replay', target, data: { hop, source, reason } } as const;
        return told(wanted, () => replay(letter));
      },

    settings: (happened: PipelineHappenings): PipelineHappenings => ({
      ...happened,
      settingsChanged(org, version, sequence) {
        happened.settingsChanged(org, version, sequence);
        const changed = { org, by: 'configuration', action: 'settings.change', target: `version ${version}` } as const;
        record({ ...changed, outcome: 'done', code: '', why: '', data: { version } });
      },
    }),

    /** A question, and what became of it. */
    asked({ sql, ...what }: Pick<AuditRecord, 'org' | 'by' | 'outcome' | 'code'> & { readonly sql: string }): void {
      record({ ...what, action: 'query', target: '', why: '', data: { sql: sql.slice(0, sqlMax) } });
    },
  };
}
