import { beforeEach, describe, expect, test } from 'vitest';
import type { Alerts } from '../../src/alerts/service.ts';
import { auditedBy } from '../../src/audited.ts';
import type { AuditRecord } from '../../src/core/audit.ts';
import { WeirError, type ErrorCode } from '../../src/core/errors.ts';
import type { AlertCommand } from '../../src/core/alert.ts';
import { createSessions, type Sessions } from '../../src/orchestration/sessions.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { aLetter, aTransition } from '../support/store.ts';

let records: AuditRecord[];
const audited = auditedBy({ record: (record) => void records.push(record) });
beforeEach(() => {
  records = [];
});

const command: AlertCommand = {
  kind: 'acknowledge',
  by: 'ann',
  why: 'I call them',
  at: '2026-03-01T09:01:00.000Z',
  version: 1,
  episode: 1,
};

const alertsThat = (command: Alerts['command']) => audited.alerts({ command });
const refusing = (code: ErrorCode) => () => Promise.reject(new WeirError(code, 'No.'));

describe('what people ask of alerts', () => {
  test.each(['acknowledge', 'resolve'] as const)('is in the audit when it was done: %s', async (kind) => {
    const { alert } = aTransition();
    const given = await alertsThat(async () => alert).command('acme', 'a1', { ...command, kind });
    expect(given).toBe(alert);
    expect(records).toEqual([
      {
        org: 'acme',
        by: 'ann',
        action: `alert.${kind}`,
        target: 'a1',
        outcome: 'done',
        code: '',
        why: 'I call them',
        data: { version: 1, episode: 1 },
      },
    ]);
  });

  test.each<[ErrorCode, AuditRecord['outcome']]>([
    ['version-conflict', 'refused'],
    ['not-found', 'refused'],
    ['log-unavailable', 'failed'],
    ['log-full', 'failed'],
  ])('is in the audit where the answer was %s: %s', async (code, outcome) => {
    await expect(alertsThat(refusing(code)).command('acme', 'a1', command)).rejects.toMatchObject({ code });
    expect(records).toMatchObject([{ by: 'ann', target: 'a1', outcome, code }]);
  });

  test('is in the audit where weir made a mistake, and the mistake goes on its way', async () => {
    const mistake = new TypeError('undefined is not a function');
    const alerts = alertsThat(() => Promise.reject(mistake));
    await expect(alerts.command('acme', 'a1', command)).rejects.toBe(mistake);
    expect(records).toMatchObject([{ outcome: 'failed', code: 'internal' }]);
  });
});

const who = { org: 'acme', by: 'ann' };
const said = { ...who, step: 'offer', why: 'as agreed' };
const approval = { ...said, argumentsHash: 'h' };

test.each<[AuditRecord['action'], Partial<AuditRecord>, (sessions: Sessions) => Promise<unknown>]>([
  ['run.cancel', { why: 'too late' }, ({ cancel }) => cancel('acme', 'r1', 'ann', 'too late')],
  [
    'run.approve',
    { why: 'as agreed', data: { step: 'offer', argumentsHash: 'h' } },
    ({ approve }) => approve('r1', { ...approval, decision: 'grant' }),
  ],
  ['run.deny', { why: 'as agreed' }, ({ approve }) => approve('r1', { ...approval, decision: 'deny' })],
  [
    'run.answer',
    { data: { step: 'offer', done: true } },
    ({ answer }) => answer('r1', { ...said, done: true, output: {} }),
  ],
  [
    'run.message',
    { data: { to: '*', text: 'mind the gap' } },
    ({ communicate }) => communicate({ ...who, session: 'r1', to: '*', text: 'mind the gap' }),
  ],
])('what people ask of runs is in the audit: %s', async (action, wanted, ask) => {
  const clock = { now: () => 0 };
  const sessions = audited.sessions(createSessions(createMemoryLog(clock), clock));
  await expect(ask(sessions)).rejects.toMatchObject({ code: 'not-found' });
  expect(records).toMatchObject([{ ...who, ...wanted, action, target: 'r1', outcome: 'refused', code: 'not-found' }]);
});

test('a run that was asked for is in the audit under its id', async () => {
  const clock = { now: () => 0 };
  const { create } = audited.sessions(createSessions(createMemoryLog(clock), clock));
  const asked = { kind: 'financial', goal: 'What is unusual?', entity: 'account:brightloom' };
  const { id } = await create({ ...who, ...asked });
  expect(records).toMatchObject([{ ...who, action: 'run.request', target: id, outcome: 'done', data: asked }]);
});

test('who hands in a dead letter again is in the audit, with what it was', async () => {
  const replay = audited.replay(async () => ({ accepted: 1 }));
  expect(await replay(aLetter(), 'ann')).toEqual({ accepted: 1 });
  expect(records).toMatchObject([
    { by: 'ann', action: 'dead-letter.replay', target: 'd1', data: { hop: 'intake', reason: 'unmappable' } },
  ]);
});

test('a question is in the audit by its text, a long one by its beginning, with the number it was refused by', () => {
  const who = { org: 'acme', by: 'ann' };
  audited.asked({ ...who, sql: 'SELECT 1', outcome: 'done', code: '' });
  audited.asked({ ...who, sql: 'x'.repeat(64 * 1024), outcome: 'refused', code: '62' });
  expect(records).toMatchObject([
    { action: 'query', outcome: 'done', code: '', data: { sql: 'SELECT 1' } },
    { action: 'query', outcome: 'refused', code: '62', data: { sql: 'x'.repeat(4_000) } },
  ]);
});
