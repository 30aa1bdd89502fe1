import { canonical } from '../core/canonical.ts';
import type { JsonObject } from '../core/json.ts';
import { groupBy } from '../core/group.ts';
import { resolved, type ConflictRule } from '../core/conflicts.ts';
import { agreedName, quorumOf, verdictName } from './patterns.ts';
import type { Gather } from './run.ts';

/** How a step that is to be gathered ended, or that it has not yet. */
export type Gathered =
  | {
      readonly state: 'done';
      readonly step: string;
      readonly by: string;
      readonly output: JsonObject;
      /** 0 … 1, of its surest finding. */
      readonly confidence: number;
      /** Different pieces of evidence in its report. */
      readonly evidence: number;
    }
  | { readonly state: 'failed' | 'skipped' | 'open'; readonly step: string };

type Done = Extract<Gathered, { state: 'done' }>;

export type Gathering =
  | {
      readonly kind: 'gathered';
      readonly output: JsonObject;
      /** Steps whose answer it is. */
      readonly from: readonly string[];
      readonly why: string;
      /** Steps still under way that can no longer change it: to be stopped. */
      readonly stop: readonly string[];
    }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly why: string };

/** What a gathering step gives, as far as the steps it gathers have come; it may know before all are over. */
export function gathered({ of, how }: Gather, ends: readonly Gathered[]): Gathering {
  const members = of.flatMap((id) => ends.find(({ step }) => step === id) ?? { state: 'open' as const, step: id });
  const done = members.filter((each) => each.state === 'done');
  const open = members.filter(({ state }) => state === 'open').map(({ step }) => step);
  if (done.length + open.length === 0) return nobody;
  if (how.kind === 'quorum') return agreed(done, open, of.length, how.agreement, how.conflict);
  if (open.length > 0) return { kind: 'waiting' };
  const last = done.at(-1);
  const verdict = how.verdictsOf.flatMap((id) => verdictIn(ends.find(({ step }) => step === id))).at(-1);
  const output = { ...last?.output, ...(verdict !== undefined && { [verdictName]: verdict }) };
  const why = verdict === undefined ? 'the last one' : `the last one, on which the verdict is ${verdict}`;
  return { kind: 'gathered', output, from: last ? [last.step] : [], why, stop: [] };
}

function verdictIn(end: Gathered | undefined): readonly string[] {
  const verdict = end?.state === 'done' ? end.output[verdictName] : undefined;
  return typeof verdict === 'string' ? [verdict] : [];
}

const nobody = { kind: 'failed', why: 'nobody gave anything' } as const;

/** As soon as enough hold the same it stands, and the others need not go on. */
function agreed(
  done: readonly Done[],
  open: readonly string[],
  peers: number,
  agreement: number,
  conflict: ConflictRule,
): Gathering {
  const camps = [...groupBy(done, ({ output }) => canonical(output)).values()].map(campOf);
  const enough = quorumOf(peers, agreement);
  const winner = camps.find(({ holders }) => holders >= enough);
  if (winner) {
    const why = `${winner.holders} of ${peers} agree; ${enough} are enough`;
    return { ...standing(winner, true, why), stop: open };
  }
  if (open.length > 0) return { kind: 'waiting' };
  const [first, ...others] = camps;
  if (!first) return nobody;
  const { camp, why } = others.reduce(
    ({ camp }, other) => {
      const verdict = resolved(conflict, camp, other);
      return { camp: verdict.stands, why: verdict.why };
    },
    { camp: first, why: `only ${first.holders} of ${peers} gave it` },
  );
  return standing(camp, false, `no ${enough} of ${peers} agree; ${why}`);
}

/** Those who hold the same. */
function campOf(members: readonly Done[]) {
  return {
    by: members.map(({ by }) => by).join(', '),
    confidence: Math.max(...members.map(({ confidence }) => confidence)),
    evidence: members.reduce((sum, { evidence }) => sum + evidence, 0),
    holders: members.length,
    members,
  };
}

function standing({ members }: ReturnType<typeof campOf>, isAgreed: boolean, why: string) {
  const output = { ...members[0]?.output, [agreedName]: isAgreed };
  return { kind: 'gathered', output, from: stepsOf(members), why, stop: [] as readonly string[] } as const;
}

const stepsOf = (members: readonly Done[]): readonly string[] => members.map(({ step }) => step);
