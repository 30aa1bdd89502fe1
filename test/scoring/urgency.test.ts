import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSoon } from '../../src/scoring/due.ts';
import { urgency, type MessageSeen, type Unanswered } from '../../src/scoring/urgency.ts';

const hour = 3_600_000;
const at = Date.parse('2026-03-02T10:00:00Z');
const scored = (seen: Partial<MessageSeen>, unanswered: Unanswered = []) =>
  urgency.score({ eventId: 'e', at, text: 'Could you look into this', ...seen }, unanswered);
const valueOf = (seen: Partial<MessageSeen>, unanswered: Unanswered = []): number =>
  scored(seen, unanswered).figure?.value ?? Number.NaN;

describe('urgency', () => {
  it('is higher for a customer whose messages go first', () => {
    expect(valueOf({ goesFirst: true })).toBeGreaterThan(valueOf({}));
  });

  it('rises as the promised time goes by, from the first message nobody answered', () => {
    const waited = (hours: number) => valueOf({ answerWithinMs: 4 * hour }, [at - hours * hour]);
    expect(waited(0)).toBe(valueOf({}));
    expect(waited(4)).toBeGreaterThan(waited(1));
    expect(waited(20)).toBeGreaterThan(waited(4));
  });

  it('remembers since when a customer waits, however much they write', () => {
    let unanswered: Unanswered = [];
    for (let minute = 0; minute < 60; minute++) unanswered = scored({ at: at + minute * 60_000 }, unanswered).state;
    expect(unanswered[0]).toBe(at);
    expect(unanswered.length).toBeLessThanOrEqual(5);
  });

  it('is higher for a date within two days than for one next month, and quotes it', () => {
    const near = scored({ text: 'We need the export by March 4th' }).figure;
    expect(near?.contributions.map(({ quote }) => quote)).toContain('by March 4th');
    expect(near?.value).toBeGreaterThan(valueOf({ text: 'We need the export by April 4th' }));
  });
});

describe('a date', () => {
  it('is read in the ways people write it', () => {
    for (const text of ['by 2026-03-03', 'before the 3rd of March', 'due 4 March', 'until Mar 3', 'on March 2nd']) {
      expect(dueSoon(`Please, ${text}, thanks`, at)).toBe(text);
    }
  });

  it('does not press when it is past, far ahead, impossible or no date', () => {
    for (const text of ['by 2026-03-01', 'by March 9', 'by 2026-02-31', 'on 45 March', 'March 3', 'by 5 people']) {
      expect(dueSoon(text, at)).toBeUndefined();
    }
  });

  it('without a year is the next of its name', () => {
    expect(dueSoon('by January 1st', Date.parse('2026-12-31T12:00:00Z'))).toBe('by January 1st');
  });

  it('is looked for in any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 2_000 }), (text) => text.includes(dueSoon(text, at) ?? '')));
  });
});
