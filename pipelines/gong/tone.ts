import type { Json } from '../../src/core/json.ts';
import { listAt, numberAt, textAt } from '../../src/core/read.ts';
import { callTone, type CallTone, type CallTurn } from '../../src/scoring/call-tone.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { sentiment } from '../../src/scoring/sentiment.ts';

/** How a call went: whole, by speaker and by quarter. */
export interface Tone {
  readonly tone: Figure | undefined;
  readonly speakers: CallTone['speakers'];
  readonly quarters: CallTone['quarters'];
}

/** So many key points, and sections of the outline with as many items each, are read. */
const readMax = 20;

/** What Gong says of a call in short. */
export function summaryOf(call: Json | undefined): string {
  const points = listAt(call, 'content', 'keyPoints')
    .slice(0, readMax)
    .map((point) => textAt(point, 'text'));
  const brief = textAt(call, 'content', 'brief');
  return [brief, ...points].filter((part) => part !== undefined).join('\n');
}

/** Scores what was said; where the call comes without it, Gong's summary. */
export function toneOf(call: Json | undefined, eventId: string): Tone {
  const durationMs = 1_000 * (numberAt(call, 'metaData', 'duration') ?? 0);
  const spoken = callTone(transcriptOf(call, eventId), durationMs);
  if (spoken) return { ...spoken, tone: spoken.figure };
  const outlined = callTone(outlineOf(call, eventId), durationMs);
  return {
    tone: sentiment.score({ eventId, text: summaryOf(call) }, null).figure,
    speakers: [],
    quarters: outlined?.quarters ?? [],
  };
}

/** What was said, as Gong's API has it (`/v2/calls/transcript`), for whoever puts it beside the call. */
function transcriptOf(call: Json | undefined, eventId: string): readonly CallTurn[] {
  const parties = listAt(call, 'parties');
  return listAt(call, 'transcript')
    .slice(-monologuesMax)
    .flatMap((monologue) => {
      const id = textAt(monologue, 'speakerId');
      const party = parties.find((one) => id !== undefined && textAt(one, 'speakerId') === id);
      const speaker = textAt(party, 'emailAddress') ?? textAt(party, 'name') ?? id;
      if (!party || speaker === undefined) return [];
      const by = textAt(party, 'affiliation') === 'Internal' ? ('team' as const) : ('customer' as const);
      return listAt(monologue, 'sentences').map((sentence) => ({
        eventId,
        speaker,
        by,
        at: numberAt(sentence, 'start') ?? 0,
        text: textAt(sentence, 'text') ?? '',
      }));
    });
}

const monologuesMax = 1_000;

/** What was spoken of and when; by whom it does not say. */
function outlineOf(call: Json | undefined, eventId: string): readonly CallTurn[] {
  const items = listAt(call, 'content', 'outline')
    .slice(0, readMax)
    .flatMap((section) => listAt(section, 'items').slice(0, readMax));
  return items.map((item) => ({
    eventId,
    speaker: 'outline',
    by: 'customer',
    at: 1_000 * (numberAt(item, 'startTime') ?? 0),
    text: textAt(item, 'text') ?? '',
  }));
}
