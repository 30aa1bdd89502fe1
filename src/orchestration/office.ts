import { childrenOf } from './children.ts';
import { factOf } from './fold.ts';
import { waitsForPerson } from './people.ts';
import type { Run } from './run.ts';
import { timers } from './steps.ts';
import { workOf } from './work.ts';

/**
 * Who may begin. By organisation the runs under way, and those that wait in the order in which they might have begun. Only the head is
 * admitted, by an append that one conductor wins: so a conductor that is behind cannot let in one too many. A run under another has
 * the place of that one, or runs would wait for their children for ever.
 */
export interface Office<T> {
  /** A run as it is now. */
  place(org: string, held: T, run: Run): void;
  /** It neither waits nor is under way any more. */
  leave(org: string, held: T): void;
  isNext(org: string, held: T): boolean;
  /** It waits behind more than may wait. */
  isRefused(org: string, held: T): boolean;
  /** Those of an organisation that `isNext` or `isRefused` holds for. */
  toLookAt(org: string): readonly T[];
  underWay(): number;
  /** Those of an organisation that wait for people alone. */
  parked(org: string): number;
}

interface Desk<T> {
  readonly parked: Set<T>;
  readonly underWay: Set<T>;
  readonly waiting: Set<T>;
}

export function createOffice<T>(inFlightMax: number, waitingMax: number): Office<T> {
  const desks = new Map<string, Desk<T>>();

  function deskOf(org: string): Desk<T> {
    const desk = desks.get(org) ?? { parked: new Set(), underWay: new Set(), waiting: new Set() };
    desks.set(org, desk);
    return desk;
  }

  const nextOf = ({ underWay, waiting }: Desk<T>): T | undefined =>
    underWay.size < inFlightMax ? first(waiting) : undefined;
  const refusedOf = ({ waiting }: Desk<T>): T | undefined =>
    waiting.size > waitingMax ? [...waiting].at(-1) : undefined;

  function leave(org: string, held: T): void {
    const desk = desks.get(org);
    desk?.parked.delete(held);
    desk?.underWay.delete(held);
    desk?.waiting.delete(held);
    if (desk && desk.parked.size + desk.underWay.size + desk.waiting.size === 0) desks.delete(org);
  }

  return {
    leave,
    place(org, held, run) {
      const request = factOf(run, 'requested')?.fact.request;
      if (request?.parent) return;
      if (factOf(run, 'run-ended')) return leave(org, held);
      const desk = deskOf(org);
      if (factOf(run, 'admitted')) {
        desk.waiting.delete(held);
        // Whoever waits for people alone keeps nobody waiting.
        const [to, from] = isParked(run) ? [desk.parked, desk.underWay] : [desk.underWay, desk.parked];
        from.delete(held);
        to.add(held);
      } else if (request && (request.settleMs === 0 || factOf(run, 'timer', timers.settled))) desk.waiting.add(held);
    },
    isNext: (org, held) => nextOf(deskOf(org)) === held,
    isRefused: (org, held) => refusedOf(deskOf(org)) === held,
    toLookAt: (org) => {
      const desk = desks.get(org);
      return desk ? [nextOf(desk), refusedOf(desk)].filter((held) => held !== undefined) : [];
    },
    parked: (org) => desks.get(org)?.parked.size ?? 0,
    underWay: () => [...desks.values()].reduce((sum, { underWay }) => sum + underWay.size, 0),
  };
}

function isParked(run: Run): boolean {
  return waitsForPerson(run) && workOf(run).length === 0 && childrenOf(run).length === 0;
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}
