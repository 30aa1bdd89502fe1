import type { Service } from '../company.ts';
import type { Notice } from '../notice.ts';
import { calls } from './calls.ts';
import { createCrm } from './crm.ts';
import type { Happening, World } from './happening.ts';
import { money } from './money.ts';
import { support } from './support.ts';
import { metrics, news, usage } from './telemetry.ts';

/** Of so many things at once is remembered what follows from them; beyond it they have no sequel. */
const pendingLimit = 10_000;

/** Ordinary life: ask it what happens at `at` (ms, never earlier than the last) and it says one thing. */
export interface Life {
  next(at: number): Notice;
}

/** `openDealsMax`: how many deals this much life can keep warm. `services`: those no story is told of. */
export function createLife(world: World, services: readonly Service[], openDealsMax: number): Life {
  const pending: { readonly due: number; readonly happen: (at: number) => Happening }[] = [];
  const crm = createCrm(world, openDealsMax);
  // A conversation begets three or four more notifications, the others hardly any.
  const kinds: readonly (readonly [number, (at: number) => Happening])[] = [
    [16, metrics(world, services)],
    [14, usage(world)],
    [9, support(world)],
    [18, crm.next],
    [13, money(world)],
    [9, calls(world, crm.openDeal)],
    [4, news(world)],
  ];

  const remember = (at: number, { sequel }: Happening) => {
    if (!sequel || pending.length >= pendingLimit) return;
    const due = at + sequel.afterMs;
    const place = pending.findIndex((other) => other.due > due);
    pending.splice(place < 0 ? pending.length : place, 0, { due, happen: sequel.happen });
  };

  return {
    next(at) {
      const due = pending[0] !== undefined && pending[0].due <= at ? pending.shift() : undefined;
      const happening = (due?.happen ?? world.random.weighted(kinds))(at);
      remember(at, happening);
      return happening.notice;
    },
  };
}
