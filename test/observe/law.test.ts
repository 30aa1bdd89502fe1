import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lawOf } from '../../src/observe/law.ts';

const count = fc.nat({ max: 1_000 });

describe('the conservation law', () => {
  it('holds at every moment, whatever the archive had left to do when the process began', () => {
    fc.assert(
      fc.property(
        fc.record({ ignored: count, rejected: count, stored: count, duplicates: count, dead: count }),
        fc.record({ stored: count, dead: count, lost: count }),
        count,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (door, before, backlog, share) => {
          // The archive is done with a share of the backlog and of what the door let in, in that order.
          const done = Math.floor((backlog + door.stored) * share);
          const received = door.ignored + door.rejected + door.stored + door.duplicates + door.dead;
          const law = lawOf(
            { ...door, received, unacknowledged: 0 },
            { ...before, stored: before.stored + done },
            backlog + door.stored - done,
            { ...before, backlog },
          );
          expect(law.received).toBe(law.ignored + law.rejected + law.accepted);
          expect(law.accepted).toBe(law.stored + law.duplicates + law.dead + law.pending + law.lost);
          expect(law.pending === 0).toBe(Math.max(0, done - backlog) === door.stored);
        },
      ),
    );
  });

  it('shows an event that is in neither place as missing', () => {
    const nothing = { stored: 0, dead: 0, lost: 0 };
    const law = lawOf(
      { received: 2, ignored: 0, rejected: 0, unacknowledged: 0, stored: 2, duplicates: 0, dead: 0 },
      { ...nothing, stored: 1 },
      0,
      { ...nothing, backlog: 0 },
    );
    expect(law.accepted).not.toBe(law.stored + law.duplicates + law.dead + law.pending + law.lost);
  });

  it('counts an event that was answered 503 and kept all the same as accepted, once', () => {
    const nothing = { stored: 0, dead: 0, lost: 0 };
    // Two were answered 503; the log had kept one of them. It came again, and was a duplicate.
    const door = { received: 4, ignored: 0, rejected: 2, unacknowledged: 2, stored: 1, duplicates: 1, dead: 0 };
    const law = lawOf(door, { ...nothing, stored: 2 }, 0, { ...nothing, backlog: 0 });
    expect(law).toMatchObject({ received: 4, rejected: 1, accepted: 3, stored: 2, duplicates: 1 });
  });
});
