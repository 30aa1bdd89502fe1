import { describe, expect, test } from 'vitest';
import { fittingIn, rendered } from '../../src/cli/runs/line.ts';
import { treeOf, type Drawn } from '../../src/cli/runs/tree.ts';
import { budget, hashes } from './served-runs.ts';

describe('the tree of a run', () => {
  const time = '2026-06-01T10:00:00.000Z';
  const drawnStep = (id: string, more: Partial<Drawn['steps'][number]> = {}): Drawn['steps'][number] => ({
    id,
    skill: id,
    goal: '',
    needs: [],
    status: 'finished',
    agent: 'monitor',
    child: null,
    attempts: 1,
    startedAt: time,
    endedAt: '2026-06-01T10:00:01.500Z',
    findings: 0,
    abstained: null,
    why: null,
    approval: null,
    ...more,
  });
  const session = {
    id: 'c'.repeat(32),
    org: 'acme',
    entity: 'service:checkout',
    kind: 'system_performance',
    goal: 'What is wrong?',
    asOf: time,
    by: 'pipeline:metrics',
    alert: null,
    status: 'under-way' as const,
    why: null,
    requestedAt: time,
    endedAt: null,
  };
  const drawn: Drawn = {
    session,
    strategy: 'parallel',
    pattern: 'solo',
    parent: null,
    budget: { limit: { ...budget, agentSeconds: 40 }, spent: { ...budget, agentSeconds: 10 } },
    steps: [
      drawnStep('anomalies', { findings: 3 }),
      drawnStep('changes', { abstained: 'No change of the last week.', child: 'd'.repeat(32) }),
      drawnStep('runbook', { needs: ['anomalies'], status: 'under-way', endedAt: null, attempts: 2 }),
      drawnStep('remedy', {
        needs: ['changes', 'runbook'],
        status: 'waiting',
        agent: null,
        attempts: 0,
        startedAt: null,
        endedAt: null,
        approval: { argumentsHash: hashes.fix, arguments: {}, grants: [], denials: [] },
      }),
    ],
    people: [],
    messages: [],
    context: null,
    children: new Map(),
    result: null,
  };
  const child: Drawn = {
    ...drawn,
    session: { ...session, id: 'd'.repeat(32), goal: 'Whom does it cost?' },
    steps: [drawnStep('impact', { findings: 1 })],
  };
  const whole = { ...drawn, children: new Map([[child.session.id, child]]) };

  test('shows who does what, for how long, what it found, what it costs, what waits for a person, and its runs', () => {
    expect(treeOf(whole, { coloured: false, now: Date.parse(time) + 65_000 }).join('\n')).toBe(`\
cccccccccccccccccccccccccccccccc  under-way  system_performance, service:checkout, 1 min 5 s
pipeline:metrics, as of 2026-06-01T10:00:00.000Z: What is wrong?
solo, parallel  █████░░░░░░░░░░░░░░░ 10 of 40 agent-seconds
├─ ✓ anomalies  monitor, 1.5 s, 3 findings
│  └─ ▶ runbook  monitor, 1 min 5 s, 2 attempts
│     └─ ? remedy  after changes, runbook
│           waits for approval of aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
└─ ✓ changes  monitor, 1.5 s  (No change of the last week.)
      ⤷ dddddddddddddddddddddddddddddddd  under-way  Whom does it cost?
      └─ ✓ impact  monitor, 1.5 s, 1 finding`);
  });

  test('shows what people are asked, how long they have, and what they said', () => {
    const question = { arguments: {}, askedAt: time, until: '2026-06-01T11:00:00.000Z', answer: null };
    const people: Drawn['people'] = [
      { ...question, step: 'anomalies', why: 'policy refuses it', answer: { by: 'ada', done: true, why: 'by hand' } },
      { ...question, step: 'undo/anomalies', why: 'it failed three times' },
    ];
    const steps = [drawnStep('anomalies', { status: 'with-person' })];
    const linesAt = (now: number) => treeOf({ ...drawn, steps, people }, { coloured: false, now }).slice(-2);
    expect(linesAt(Date.parse(time))).toEqual([
      '      ada did anomalies: by hand',
      '      people are asked for undo/anomalies, 1 h 0 min more: it failed three times',
    ]);
    expect(linesAt(Date.parse(question.until)).at(-1)).toBe(
      '      people were asked for undo/anomalies, and nobody answered: it failed three times',
    );
  });

  test('ends with what was found and what was wanted of it', () => {
    const given = { text: 'as it is', counts: { open: 2 } };
    const result = { findings: [], missing: [], confidence: 1, summary: '', given };
    const lines = treeOf({ ...drawn, result }, { coloured: false, now: 0 });
    expect(lines.slice(-2)).toEqual(['text: as it is', 'counts: {"open":2}']);
  });

  test('shows what was wanted, what came of it by name, and what did not', () => {
    const result = { given: { advice: { go: true }, note: 'x'.repeat(500) }, findings: [], missing: [] };
    const wanted = ['advice', 'luck', 'note'];
    const run = { ...drawn, wanted, steps: [], result: { ...result, confidence: 0, summary: '' } };
    const lines = treeOf(run, { coloured: false, now: Date.parse(time) });
    expect(lines).toContain('wanted: advice, luck, note');
    expect(lines.slice(-3)).toEqual([
      'advice: {"go":true}',
      `note: ${'x'.repeat(400)}… (--json gives all of it)`,
      'luck: it did not come of the run',
    ]);
    expect(treeOf({ ...run, result: null }, { coloured: false, now: 0 }).join('\n')).not.toContain('did not come');
  });

  test('is cut to the width of the terminal, and lets nobody colour it or move its cursor', () => {
    const evil = { ...drawn, session: { ...session, goal: '\u001B[31mred\u001B[2J' } };
    const lines = treeOf(evil, { coloured: false, now: 0, width: 40 });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(treeOf(evil, { coloured: true, now: 0 }).join('')).not.toContain('\u001B[31mred');
  });

  test('says where a line is cut, or a terminal is too low for it', () => {
    const line = [['bold', 'abc'], 'def'] as const;
    const at = (width: number) => rendered(line, { coloured: false, width });
    expect([at(7), at(6), at(5), at(4), at(3)]).toEqual(['abcdef', 'abcdef', 'abcd…', 'abc…', 'ab…']);
    const lines = ['a', 'b', 'c', 'd'];
    expect(fittingIn(lines, 4)).toEqual(lines);
    expect(fittingIn(lines, 3)).toEqual(['a', 'b', '… 2 more lines, once it has ended']);
  });

  test('of a plan whose steps need each other in whatever way has every step once', () => {
    const steps = ['a', 'b', 'c'].map((id) => drawnStep(id, { needs: ['a', 'b', 'c', 'gone'] }));
    const text = treeOf({ ...drawn, steps }, { coloured: false, now: 0 }).join('\n');
    for (const id of ['a', 'b', 'c']) expect(text.match(new RegExp(`✓ ${id} `, 'g'))).toHaveLength(1);
  });
});
