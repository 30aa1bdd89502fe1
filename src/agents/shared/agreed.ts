import { z } from 'zod';
import { canonical } from '../../core/canonical.ts';
import { resolved, type ConflictRule, type Held } from '../../core/conflicts.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Board } from '../../orchestration/agent.ts';

/** What agents hold under a name of the board of a run, and what rules of conflict go by. */
export interface Note extends Held {
  readonly value: Json;
  /** Where two held different things, which rule decided last, in a sentence; null: nobody held anything else. */
  readonly why: string | null;
}

const noteSchema = z.object({
  value: z.json(),
  by: z.string(),
  confidence: z.number().min(0).max(1),
  evidence: z.int().min(0),
  holders: z.int().min(1),
  why: z.string().nullable(),
});

/** Others who write at the same moment are few; where they win so often, what they wrote stands. */
const attemptsMax = 8;

/**
 * Holds what an agent found against what stands under a name, by compare-and-set: who holds the same adds to it, and where two hold different
 * things the rule says which stands. Gives what stands then. Said again, after a crash, it changes nothing.
 */
export async function agreed(
  board: Board,
  name: string,
  own: Omit<Note, 'holders' | 'why'>,
  rule: ConflictRule,
): Promise<Note> {
  let note: Note = { ...own, holders: 1, why: null };
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const held = await board.get(name);
    const before = noteSchema.safeParse(held?.value).data;
    note = before ? together(before, { ...own, holders: 1, why: null }, rule) : note;
    if (before && canonical(jsonOf(note)) === canonical(jsonOf(before))) break;
    const answer = await board.put(name, jsonOf(note), held?.revision ?? 0);
    if (answer.kind === 'stored') break;
  }
  return note;
}

/** What is agreed under a name; undefined where nobody said anything, or something else stands there. */
export async function notedOn(board: Board, name: string): Promise<Note | undefined> {
  return noteSchema.safeParse((await board.get(name))?.value).data;
}

function together(before: Note, mine: Note, rule: ConflictRule): Note {
  if (canonical(before.value) !== canonical(mine.value)) {
    const { stands, why } = resolved(rule, before, mine);
    return { ...stands, why };
  }
  if (before.by.split(', ').includes(mine.by)) return before;
  return {
    ...before,
    by: `${before.by}, ${mine.by}`,
    confidence: Math.max(before.confidence, mine.confidence),
    evidence: before.evidence + mine.evidence,
    holders: before.holders + 1,
  };
}

const jsonOf = ({ value, by, confidence, evidence, holders, why }: Note): JsonObject => ({
  value,
  by,
  confidence,
  evidence,
  holders,
  why,
});
