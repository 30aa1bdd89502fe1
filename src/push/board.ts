import type { Entry } from './entry.ts';

/** The alerts of one organisation as they are now, each by its last transition. */
interface OrgBoard {
  /** By alert id, in ascending order of the last transition: a change takes an alert out and puts it in at the end. */
  readonly open: Map<string, Entry>;
  readonly resolved: Map<string, Entry>;
  readonly bySequence: Map<number, Entry>;
  complete: boolean;
}

export interface Board {
  /** Folds a transition. False when an open alert had to be left out. */
  apply(entry: Entry): boolean;
  /** Last transitions of the open alerts, ascending. */
  open(org: string): Iterable<Entry>;
  /** Last transitions of all alerts kept, newest first. */
  newestFirst(org: string): Iterable<Entry>;
  /** The last transition of an open alert, if it is the one at this sequence. */
  at(org: string, sequence: number): Entry | undefined;
  /** False once an open alert of this organisation was left out. */
  complete(org: string): boolean;
}

export function createBoard(limits: { readonly openPerOrgMax: number; readonly resolvedPerOrgMax: number }): Board {
  const orgs = new Map<string, OrgBoard>();

  const boardOf = (org: string): OrgBoard => {
    const known = orgs.get(org);
    if (known) return known;
    const fresh: OrgBoard = { open: new Map(), resolved: new Map(), bySequence: new Map(), complete: true };
    orgs.set(org, fresh);
    return fresh;
  };

  return {
    apply(entry) {
      const board = boardOf(entry.org);
      const before = board.open.get(entry.alertId);
      if (before) board.bySequence.delete(before.sequence);
      board.open.delete(entry.alertId);
      board.resolved.delete(entry.alertId);

      if (entry.alert.status === 'resolved') {
        board.resolved.set(entry.alertId, entry);
        if (board.resolved.size > limits.resolvedPerOrgMax) dropFirst(board.resolved);
        return true;
      }
      board.open.set(entry.alertId, entry);
      board.bySequence.set(entry.sequence, entry);
      if (board.open.size <= limits.openPerOrgMax) return true;
      const dropped = dropFirst(board.open);
      if (dropped) board.bySequence.delete(dropped.sequence);
      board.complete = false;
      return false;
    },
    open: (org) => orgs.get(org)?.open.values() ?? [],
    newestFirst(org) {
      const board = orgs.get(org);
      if (!board) return [];
      return [...board.open.values(), ...board.resolved.values()].sort((a, b) => b.sequence - a.sequence);
    },
    at: (org, sequence) => orgs.get(org)?.bySequence.get(sequence),
    complete: (org) => orgs.get(org)?.complete ?? true,
  };
}

function dropFirst<K, V>(map: Map<K, V>): V | undefined {
  const [first] = map;
  if (!first) return undefined;
  map.delete(first[0]);
  return first[1];
}
