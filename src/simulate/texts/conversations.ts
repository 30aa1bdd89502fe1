import type { Duration } from '../../core/duration.ts';

/** What customers and the support team write. Ordinary threads are told in turns; the customer opens. */

export interface Thread {
  readonly opening: string;
  /** Answers, support and customer in turn, support first. */
  readonly turns: readonly string[];
  /** How long the customer waits for the first answer, where it is no matter of minutes or a few hours. */
  readonly answeredAfter?: Duration;
  /** The rating the customer leaves, where one does. */
  readonly rating?: number;
}

export const ordinaryThreads: readonly Thread[] = [
  {
    opening: 'Hi, how do I invite a colleague to our workspace?',
    turns: ['Hi {customer}, under Settings, Team, there is a button to invite people.', 'Found it, thank you!'],
    rating: 5,
  },
  {
    opening: 'Hello, where can I download last month’s invoice?',
    turns: ['Hi {customer}, all invoices are under Billing, History.', 'Perfect, thanks for the quick help.'],
    rating: 5,
  },
  {
    opening: 'Is there a way to filter {feature} by team?',
    turns: ['Yes, with the team selector in the top right corner.', 'Great, that works.'],
  },
  {
    opening: 'We would like to add ten seats next month. What do we have to do?',
    turns: ['You can change seats under Billing, and we only charge from that day on.', 'Good to know, thanks.'],
    rating: 4,
  },
  {
    opening: 'Could you explain what the new option in {feature} does?',
    turns: ['It groups the entries by week instead of by day.', 'That makes sense. Nice addition.'],
    rating: 5,
  },
  {
    opening: 'Does {feature} work together with our calendar?',
    turns: ['It does, with Google and Microsoft calendars. Here is the guide.', 'Thanks, the guide is clear.'],
  },
  {
    opening: 'A quick question about {feature}: can I rename a template after it was shared?',
    turns: ['Yes, the name changes for everyone it was shared with.', 'Wonderful, thank you.'],
    rating: 5,
  },
  {
    opening: 'I changed my email address, do I have to sign up again?',
    turns: ['No, you can change the address in your profile.', 'Done, thanks!'],
  },
  {
    opening: 'Our new starters love {feature}. Do you have training material we could share with them?',
    turns: ['Glad to hear it! Here is the course and a short video.', 'Excellent, exactly what we needed.'],
    rating: 5,
  },
  {
    opening: 'When I export to CSV the dates are in UTC. Can that be changed?',
    turns: ['Yes, in the workspace settings there is a time zone for exports.', 'Works now, thanks a lot.'],
    rating: 4,
  },
];

/** Now and then something is wrong, is said calmly and gets solved. */
export const mildThreads: readonly Thread[] = [
  {
    opening: 'Since this morning {feature} is a bit slow for us. Could you have a look when you have time?',
    turns: ['We found the cause and it is back to normal. Could you check?', 'Yes, fast again. Thank you.'],
    rating: 4,
  },
  {
    opening: 'The total in {feature} does not seem to match our own sheet.',
    turns: ['The report leaves out archived entries. There is a box to include them.', 'Ah, that explains it.'],
  },
  {
    opening: 'I do not get the weekly summary mail any more.',
    turns: [
      'It was switched off in your notification settings. I turned it on again.',
      'Thank you for sorting it out.',
    ],
    rating: 4,
  },
];

/** Seldom somebody is annoyed, about something that is soon settled. */
export const annoyedThreads: readonly Thread[] = [
  {
    opening: 'This is the second time this month that {feature} logs me out in the middle of my work. It is annoying.',
    turns: ['Sorry about that, {customer}. A fix goes out tonight.', 'It has been fine since, thanks.'],
    rating: 3,
  },
  {
    opening: 'I have a problem with the export, it failed twice today and I need the figures this afternoon.',
    turns: ['I started it again for you, the file is in your inbox.', 'Got it, thank you.'],
    rating: 4,
  },
  {
    opening: 'We were charged for two seats we removed last month. Please correct this.',
    turns: ['You are right, the credit is on your next invoice.', 'Good. That took longer than it should have.'],
    rating: 2,
  },
  {
    opening: 'I do not like the new layout of {feature}, everything takes one more click. Can I have the old one back?',
    turns: ['Under Settings, Display, you can switch back until June.', 'At least that. Thanks.'],
    rating: 3,
  },
  {
    opening: 'Our calendar is a day behind again. Nothing terrible, but it keeps coming back.',
    turns: ['I see it, one of the two connections had expired. It is renewed.', 'Up to date now.'],
    rating: 3,
  },
  {
    opening: 'I have been waiting since yesterday for an answer on {feature}. Did somebody read it?',
    turns: ['I am sorry, it was with another team. The answer is: yes, from Monday on.', 'Okay, good to know.'],
  },
];

/** A customer on the way out, in order. From the third on support answers late, or too late. */
export const souringThreads: readonly Thread[] = [
  {
    opening: 'Thanks for the new release, {feature} looks great.',
    turns: ['Glad you like it, {customer}!'],
    rating: 5,
  },
  {
    opening: '{feature} keeps failing for us, the third time this week. This is frustrating. When will it be fixed?',
    turns: ['We are looking into it, {customer}.', 'It is still broken. We are losing time every day.'],
    rating: 2,
  },
  {
    opening:
      'URGENT: {feature} is down again and our whole team is blocked. We are still waiting for an answer to our last ' +
      'ticket. This is unacceptable.',
    answeredAfter: '30h',
    turns: ['I am sorry, the team is on it.', 'Nobody called back. I want to speak to a manager today!'],
    rating: 1,
  },
  {
    opening:
      'URGENT: still no response, still the same errors, and the whole team is blocked again. We were charged for a ' +
      'product we cannot use and want a refund.',
    answeredAfter: '52h',
    turns: ['I understand your frustration and passed it on.', 'That is the same terrible answer as last time.'],
    rating: 1,
  },
  {
    opening:
      'This is awful. Nobody cares about our problem and we have lost trust. Please tell us how to cancel our ' +
      'subscription, we are switching to {competitor}.',
    turns: ['I am very sorry to hear that.', 'Too late. Cancel our plan at the end of the month.'],
    rating: 1,
  },
];

/** Said by different customers while a service is out. */
export const outageOpenings: readonly string[] = [
  'URGENT: checkout is down, our customers cannot pay! Every order fails with an error since a few minutes ago.',
  'Is there an outage? All our users get timeouts at checkout, production is blocked.',
  'Payments fail with error 503 for everyone here. We are losing orders, please fix this immediately.',
  'Checkout is extremely slow and then crashes. This is critical for us, when is it back?',
];

export const outageAnswer = 'We know of the problem with checkout and are working on it. The status page has updates.';
export const outageEnd = 'The problem is solved and checkout works as usual. We are sorry for the trouble.';

/** Asked after a competitor's launch. */
export const competitorOpenings: readonly string[] = [
  'We saw that {competitor} has a free plan now. Do you plan something like it?',
  '{competitor} offers {feature} for half the price. Can you match that?',
  'A colleague suggested switching to {competitor} because it is cheaper. What would you say?',
];
