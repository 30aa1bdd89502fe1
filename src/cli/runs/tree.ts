import type { Session, SessionDetail } from '../../../schemas/run.ts';
import { rendered, type Line, type Pen, type Piece, type Style } from './line.ts';

type Step = SessionDetail['steps'][number];

/** What a tree is drawn of. */
export interface Drawn extends SessionDetail {
  /** Runs that do its steps, by their ids. */
  readonly children: ReadonlyMap<string, Drawn>;
}

export interface Drawing extends Pen {
  /** ms since 1970: how long it takes is counted up to here where it has not ended. */
  readonly now: number;
}

/** How steps are drawn, by how they stand. */
const signs = {
  waiting: ['·', 'dim'],
  'under-way': ['▶', 'cyan'],
  stuck: ['!', 'yellow'],
  finished: ['✓', 'green'],
  degraded: ['~', 'yellow'],
  skipped: ['–', 'dim'],
  'given-up': ['✗', 'red'],
  'with-person': ['?', 'magenta'],
} as const satisfies Record<Step['status'], readonly [string, Style]>;

const statusStyles = {
  waiting: 'dim',
  'under-way': 'cyan',
  completed: 'green',
  undone: 'yellow',
  cancelled: 'yellow',
  refused: 'yellow',
  failed: 'red',
} as const satisfies Record<Session['status'], Style>;

/** A run as a tree of its steps, each below the last of those it needs, with the runs that do them; then what was found, and what was wanted of it. */
export function treeOf(run: Drawn, drawing: Drawing): readonly string[] {
  const branches = branchesOf(run.steps);
  const lines = [
    ...headOf(run, drawing),
    ...drawnSteps(run, branches.get('') ?? [], branches, '', drawing),
    ...(run.result?.findings ?? []).map(({ title, confidence }, index): Line => [
      ['bold', `${index + 1}. `],
      title,
      ['dim', `  ${sureness(confidence)} sure`],
    ]),
    ...givenOf(run),
  ];
  return lines.map((line) => rendered(line, drawing));
}

/** What came of it by name, and what was wanted and did not. */
function givenOf({ wanted = [], result }: Drawn): readonly Line[] {
  if (!result) return [];
  const given = Object.entries(result.given ?? {});
  const lacking = wanted.filter((name) => given.every(([there]) => there !== name));
  return [
    ...given.map(([name, value]): Line => [['bold', `${name}: `], inOneLine(value)]),
    ...lacking.map((name): Line => [['yellow', `${name}: it did not come of the run`]]),
  ];
}

/** Characters of one thing given; `--json` has it whole. */
const givenShown = 400;

function inOneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > givenShown ? `${text.slice(0, givenShown)}… (--json gives all of it)` : text;
}

/** Nobody is wholly sure. */
const sureness = (confidence: number): string =>
  confidence > 0.99 ? 'over 99 %' : `${Math.round(confidence * 100)} %`;

const statusOf = ({ status }: Session): Piece => [statusStyles[status], status];

function headOf({ session, strategy, pattern, parent, budget, wanted = [] }: Drawn, { now }: Drawing): readonly Line[] {
  const { id, kind, entity, by, asOf, goal, why, status, requestedAt, endedAt } = session;
  const took = spoken(lastedMs(requestedAt, endedAt, now));
  return [
    [['bold', id], '  ', statusOf(session), `  ${kind}, ${entity ?? 'all'}, ${took}`],
    [['dim', `${by}, as of ${asOf}: ${goal}`]],
    ...(wanted.length === 0 ? [] : [[['dim', `wanted: ${wanted.join(', ')}`]] satisfies Line]),
    ...(why === null || status === 'completed' ? [] : [[[statusStyles[status], why]] satisfies Line]),
    ...(parent === null ? [] : [[['dim', `a step of ${parent}`]] satisfies Line]),
    ...(budget ? [[[pattern, strategy].filter((name) => name !== null).join(', '), ...costOf(budget)]] : []),
  ];
}

/** By the step it hangs below (`''`: none): the last in the plan of those it needs. */
function branchesOf(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const places = new Map(steps.map(({ id }, place) => [id, place]));
  const branches = new Map<string, Step[]>();
  for (const [place, step] of steps.entries()) {
    const before = step.needs.map((id) => places.get(id) ?? -1).filter((other) => other < place);
    const parent = steps[Math.max(-1, ...before)]?.id ?? '';
    branches.set(parent, [...(branches.get(parent) ?? []), step]);
  }
  return branches;
}

function drawnSteps(
  run: Drawn,
  steps: readonly Step[],
  branches: ReturnType<typeof branchesOf>,
  indent: string,
  drawing: Drawing,
): readonly Line[] {
  return steps.flatMap((step, index) => {
    const last = index === steps.length - 1;
    const inner = `${indent}${last ? '   ' : '│  '}`;
    const below = branches.get(step.id) ?? [];
    const asked = [...approvalOf(step), ...peopleOf(run, step, drawing)];
    const beside = `${inner}${below.length > 0 ? '│' : ' '}  `;
    const child = run.children.get(step.child ?? '');
    return [
      [`${indent}${last ? '└─' : '├─'} `, ...stepOf(step, drawing)],
      ...asked.map((piece): Line => [beside, piece]),
      ...(child ? drawnChild(child, beside, drawing) : []),
      ...drawnSteps(run, below, branches, inner, drawing),
    ];
  });
}

/** The run that does a step, below it. */
function drawnChild(child: Drawn, indent: string, drawing: Drawing): readonly Line[] {
  const branches = branchesOf(child.steps);
  return [
    [indent, '⤷ ', child.session.id, '  ', statusOf(child.session), `  ${child.session.goal}`],
    ...drawnSteps(child, branches.get('') ?? [], branches, indent, drawing),
  ];
}

function stepOf(step: Step, { now }: Drawing): Line {
  const { id, agent, attempts, findings, needs, startedAt, endedAt } = step;
  const [sign, style]: readonly [string, Style] = waitsForApproval(step) ? ['?', 'magenta'] : signs[step.status];
  const how = [
    agent ?? '',
    startedAt === null ? '' : spoken(lastedMs(startedAt, endedAt, now)),
    attempts > 1 ? `${attempts} attempts` : '',
    findings > 0 ? `${findings} ${findings === 1 ? 'finding' : 'findings'}` : '',
    needs.length > 1 ? `after ${needs.join(', ')}` : '',
  ];
  const why = step.why ?? step.abstained;
  const told = how.filter((part) => part !== '').join(', ');
  return [
    [style, `${sign} ${id}`],
    ['dim', told === '' ? '' : `  ${told}`],
    ['dim', why === null ? '' : `  (${why})`],
  ];
}

export const waitsForApproval = ({ status, approval }: Step): boolean =>
  status === 'waiting' && approval !== null && approval.denials.length === 0;

function approvalOf(step: Step): readonly Piece[] {
  if (!waitsForApproval(step) || !step.approval) return [];
  const { argumentsHash, grants } = step.approval;
  const granted = grants.length > 0 ? `, granted by ${grants.join(', ')}` : '';
  return [['magenta', `waits for approval of ${argumentsHash}${granted}`]];
}

/** What people are asked to do of a step, or to take back, and what they said. */
function peopleOf({ people, session }: Drawn, { id }: Step, { now }: Drawing): readonly Piece[] {
  return people
    .filter(({ step }) => step === id || step === `undo/${id}`)
    .map(({ step, why, until, answer }): Piece => {
      if (answer) return ['dim', `${answer.by} ${answer.done ? 'did' : 'could not do'} ${step}: ${answer.why}`];
      const leftMs = session.endedAt === null ? Date.parse(until) - now : 0;
      return leftMs > 0
        ? ['magenta', `people are asked for ${step}, ${spoken(leftMs)} more: ${why}`]
        : ['dim', `people were asked for ${step}, and nobody answered: ${why}`];
    });
}

const barWidth = 20;
/** From this share on it is shown that little is left. */
const tightFrom = 0.8;

/** What is spent of each unit the plan may cost. */
function costOf({ limit, spent }: NonNullable<Drawn['budget']>): Line {
  const units = [
    ['$', limit.money, spent.money],
    ['tokens', limit.tokens, spent.tokens],
    ['calls', limit.calls, spent.calls],
    ['agent-seconds', limit.agentSeconds, spent.agentSeconds],
  ] as const;
  return units.flatMap(([unit, most, used]): Piece[] => {
    if (most === 0) return [];
    const full = Math.round(Math.min(used / most, 1) * barWidth);
    const bar = `  ${'█'.repeat(full)}${'░'.repeat(barWidth - full)}`;
    return [[used > most * tightFrom ? 'yellow' : 'dim', bar], ` ${rounded(used)} of ${rounded(most)} ${unit}`];
  });
}

const rounded = (value: number): string => String(Number(value.toPrecision(value >= 100 ? 4 : 3)));

const lastedMs = (from: string, to: string | null, now: number): number =>
  (to === null ? now : Date.parse(to)) - Date.parse(from);

/** `0.4 s`, `2 min 3 s`, `1 h 12 min`. */
export function spoken(ms: number): string {
  const seconds = Math.max(ms, 0) / 1_000;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds.toFixed(1)} s`;
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
