import type { Contribution } from '../core/score.ts';
import { createCues, cueContributions, type CueGroup } from './cues.ts';
import { dueSoon } from './due.ts';
import { limited } from './limit.ts';
import type { Scorer } from './scorer.ts';
import { quoteOf, textCharsMax } from './text.ts';
import { isShouted, tokenise, type Token } from './tokens.ts';

/** A message of a customer, or (without a text) the team's answer to it. `at` is event time, ms. */
export interface MessageSeen {
  readonly eventId: string;
  readonly at: number;
  readonly text: string | undefined;
  /** The customer is one whose messages go first. */
  readonly goesFirst?: boolean;
  /** Within how long an answer was promised to the customer, ms. */
  readonly answerWithinMs?: number;
}

/** When the messages came that nobody has answered yet, ms: the first, and the last few. */
export type Unanswered = readonly number[];

const nobodyWaits: Unanswered = [];

/**
 * How soon a message wants an answer: what it tells of (an outage, lost data, money), deadlines, escalation, how many
 * it concerns, how often it was asked, who asks, and how much of the promised time has gone by. Each cue adds its weight
 * once. An answer from the team starts the count anew.
 */
export const urgency: Scorer<MessageSeen, Unanswered> = {
  name: 'urgency',
  version: 2,
  range: '0 … 1; from 0.6 it should not wait, from 0.85 not an hour',
  initial: nobodyWaits,
  score(seen, unanswered) {
    const { eventId, at, text } = seen;
    if (text === undefined) return { state: nobodyWaits, figure: undefined };
    const recent = latest([...unanswered.filter((time) => time > at - patienceMs), at]);
    const tokens = tokenise(text.slice(0, textCharsMax));
    if (tokens.length === 0) return { state: recent, figure: undefined };
    const cues = cueContributions(cuesOf(text, tokens), eventId);
    const said = [message(text, eventId), ...cues, ...tone(tokens, eventId)];
    const parts = [...said, ...dated(text, at, eventId), ...customer(seen, recent), ...waiting(recent, eventId)];
    return {
      state: recent,
      figure: { ...limited(parts, 0, 1, eventId), confidence: 1 - Math.exp(-(1 + cues.length) / 2) },
    };
  },
};

const patienceMs = 24 * 3_600_000;
const unansweredMax = 5;

const latest = ([first, ...others]: readonly number[]): Unanswered =>
  first === undefined ? nobodyWaits : [first, ...others.slice(1 - unansweredMax)];

const groups: readonly CueGroup[] = [
  {
    name: 'outage',
    weight: 0.45,
    phrases: `outage, is down, are down, went down, goes down, system down, site down, service down, production down, completely down,
      prod is down, not loading at all, unavailable, unreachable, 503, 500 errors, crash, crashes, crashed, crashing, crasher,
      hangs, hang, freeze, freezes, frozen, segfault, core dump, infinite loop, won't start, doesn't start, nobody can, no one can`,
  },
  {
    name: 'loss or security',
    weight: 0.5,
    phrases: `data loss, lost data, loses data, losing data, dataloss, lost our data, data corruption, corrupted, corrupts, corruption,
      deleted our, wiped, breach, breached, leaked, leak, leaks, hacked, stolen, stole, theft, fraud, fraudulent, scam, phishing,
      unauthorised, unauthorized, compromised, security, vulnerability, exploit, buffer overflow, overflow, use after free,
      someone else, someone used, someone is using, somebody, without my permission, someone might, someone may, someone has, someone besides, someone made, fraudulently, mugged,
      is missing, was lost, lost my wallet, lost my card, lost my phone, lost card,
      card is lost, lost phone, missing money, swallowed, ate my card, took my card, kept my card, card is gone`,
  },
  {
    name: 'money',
    weight: 0.4,
    phrases: `double charged, charged twice, charged double, charged me twice, charged two times, twice, duplicate, duplicated, overcharged,
      billed twice, two charges, wrong amount, incorrect amount, less cash, different amount, didn't make, did not make, never made,
      don't recognize, don't recognise, do not recognize, do not recognise, didn't authorize, not recognize, don't remember, not mine,
      didn't withdraw, never authorized, unknown transaction, strange transaction, suspicious, double charge, multiple times, repeat charge, strange charge,
      strange payment, strange payments, unfamiliar, odd direct debit, i didn't, i did not, haven't purchased, only get, only got, only gave,
      didn't give, not made by me, payment failed, cannot pay, can't pay`,
  },
  {
    name: 'broken',
    weight: 0.22,
    phrases: `not working, doesn't work, does not work, don't work, isn't working, stopped working, no longer works, broken, can't log in,
      cannot log in, can't login, locked out, can't access, cannot access, can't use, cannot use, cannot, can't, unable to, fails, fail,
      failed, failing, failure, error, errors, declined, rejected, blocked, stuck, unusable, regression, never arrived, disappeared, gone`,
  },
  {
    name: 'deadline',
    weight: 0.35,
    phrases: `urgent, urgently, asap, as soon as possible, immediately, right away, right now, emergency, at once, by eod, end of day,
      by tomorrow, by monday, by friday, before friday, before monday, by end of week, deadline, blocker, blocking, top priority, p1, sev1`,
  },
  {
    name: 'asked before',
    weight: 0.2,
    phrases: `again, third time, second time, still waiting, still no, still not, no response, no reply, nobody answers, nobody has answered,
      no one answers, no one has, haven't heard, days ago, weeks ago, already reported, already told, as i said, keeps happening`,
  },
  {
    name: 'escalation',
    weight: 0.3,
    phrases: `manager, supervisor, your ceo, our ceo, cancel our, cancel my, cancelling, canceling, cancel the contract, legal, lawyer,
      unacceptable, ridiculous, refund us, our money back, churn, switching to, leaving you, terminate our, breach of contract, sla, worst`,
  },
  {
    name: 'many concerned',
    weight: 0.25,
    phrases: `all users, all our users, every user, everyone, every customer, all customers, our customers, whole team, entire team, whole company,
      company wide, all of us, all accounts, in production, production, all orders, our launch`,
  },
  {
    name: 'small matter',
    weight: -0.15,
    phrases: `typo, typos, misspelled, misspelling, spelling, cosmetic, wording, minor, nitpick, tooltip, icon, icons, alignment, misaligned,
      color, colors, colour, font, label, comment, comments, unused, redundant, cleanup, clean up, rename, should be, would be nice,
      feature request, just wondering, how do i, how can i, how to, where can i, what is, what are, is it possible, can i, do you,
      are there, thank you, thanks, no rush, when you have time, whenever`,
  },
];
const cuesOf = createCues(groups);

const message = (text: string, eventId: string): Contribution => ({
  name: 'message',
  weight: 0.15,
  value: 1,
  eventId,
  quote: quoteOf(text),
});

function tone(tokens: readonly Token[], eventId: string): readonly Contribution[] {
  const words = tokens.filter((token) => token.kind === 'word');
  const shouted = words.filter((token) => isShouted(token) && token.text.length > 2);
  const marks = tokens
    .filter((token) => token.kind === 'mark')
    .map((token) => token.text)
    .join('');
  const exclaimed = Math.min(marks.split('!').length - 1, 3);
  return [
    ...(shouted.length >= 2 && shouted.length * 3 >= words.length
      ? [
          {
            name: 'capitals',
            weight: 0.1,
            value: 1,
            eventId,
            quote: shouted
              .slice(0, 6)
              .map((token) => token.text)
              .join(' '),
          },
        ]
      : []),
    ...(exclaimed > 0
      ? [{ name: 'exclamation', weight: 0.04, value: exclaimed, eventId, quote: '!'.repeat(exclaimed) }]
      : []),
  ];
}

/** A date within two days: by words (`by friday`) a deadline is one of the cues. */
function dated(text: string, at: number, eventId: string): readonly Contribution[] {
  const quote = dueSoon(text.slice(0, textCharsMax), at);
  return quote === undefined ? [] : [{ name: 'due within two days', weight: 0.3, value: 1, eventId, quote }];
}

/** Who asks, and how likely the promise to them is broken: 1 − e^(−waited/promised). */
function customer(seen: MessageSeen, unanswered: Unanswered): readonly Contribution[] {
  const { eventId, at, goesFirst = false, answerWithinMs = Infinity } = seen;
  const waited = Math.max(0, at - (unanswered[0] ?? at));
  const overdue = answerWithinMs > 0 ? 1 - Math.exp(-waited / answerWithinMs) : 1;
  return [
    ...(goesFirst ? [{ name: 'goes first', weight: 0.15, value: 1, eventId, quote: null }] : []),
    ...(overdue > 0 ? [{ name: 'promised time', weight: 0.3, value: overdue, eventId, quote: null }] : []),
  ];
}

/** From the third message in a day that nobody answered. */
function waiting(unanswered: Unanswered, eventId: string): readonly Contribution[] {
  const more = unanswered.length - 2;
  return more > 0
    ? [
        {
          name: 'unanswered',
          weight: 0.1,
          value: more,
          eventId,
          quote: `${unanswered.length} messages without an answer`,
        },
      ]
    : [];
}
