/** What is said in calls, as Gong's briefs, key points and next steps tell it. `{customer}` and `{seller}` are first names. */

export interface CallText {
  readonly title: string;
  readonly brief: string;
  readonly points: readonly string[];
  readonly next: readonly string[];
}

/** Most calls: somewhat pleased, nothing much. */
export const ordinaryCalls: readonly CallText[] = [
  {
    title: 'Monthly check-in with {account}',
    brief: 'A routine check-in. {customer} went through the open questions on {feature} and the team is on track.',
    points: ['{account} is on schedule with {feature}', '{customer} will add two colleagues next week'],
    next: ['{seller} sends the notes and the recording'],
  },
  {
    title: '{account} training session',
    brief: '{seller} showed {feature} to the new users at {account}. Questions were mostly about setup.',
    points: ['Eight people joined the training', '{feature} was new to most of them'],
    next: ['{seller} shares the training slides'],
  },
  {
    title: 'Roadmap review, {account}',
    brief: '{customer} was happy to see {feature} on the roadmap and asked when the next release is planned.',
    points: ['{feature} matters most to {account}', 'They like the quarterly release rhythm'],
    next: ['{seller} confirms the release date for {feature}'],
  },
  {
    title: 'Quarterly business review with {account}',
    brief:
      '{customer} said the rollout went well and that {product} saves the team several hours a week. Adoption is good.',
    points: ['Adoption grew in every team', '{customer} is willing to give a reference'],
    next: ['{customer} sends the adoption figures', '{seller} prepares the reference text'],
  },
  {
    title: 'Discovery: {account}',
    brief: '{customer} described how the team works today and which steps {product} should take over first.',
    points: ['{feature} is the first step', 'The decision lies with {customer} and finance'],
    next: ['{seller} sends a written summary', 'A demo of {feature} is booked for next week'],
  },
  {
    title: 'Demo of {feature} for {account}',
    brief: 'The demo went well. {customer} liked {feature} and asked how permissions work for larger teams.',
    points: ['{feature} covers what {account} needs', 'Pricing for more seats was discussed'],
    next: ['{seller} sends a proposal'],
  },
  {
    title: 'Technical sync with {account}',
    brief: 'A working session on {feature}. Two settings were changed and a test run was agreed for Thursday.',
    points: ['The integration works in the test environment', 'One open question about field mapping'],
    next: ['{customer} runs the test on Thursday'],
  },
  {
    title: 'Kick-off with {account}',
    brief:
      '{seller} and {customer} agreed on goals, a timeline and who does what. The first milestone is the data import.',
    points: ['Goals and timeline are agreed', 'The import is planned for the coming week'],
    next: ['{customer} sends sample data'],
  },
];

export const dealCalls: readonly CallText[] = [
  {
    title: 'Proposal walkthrough, {deal}',
    brief:
      '{customer} went through the proposal with {seller}. Scope and price are fine, the start date is still open.',
    points: ['The scope is agreed', 'Budget was approved for this quarter'],
    next: ['{customer} confirms the start date'],
  },
  {
    title: 'Negotiation, {deal}',
    brief:
      '{customer} asked for annual billing and a small discount for it. {seller} will check both; the mood was good.',
    points: ['Annual billing is preferred', 'Legal has the contract'],
    next: ['{seller} sends the revised offer'],
  },
  {
    title: 'Next steps on {deal}',
    brief: '{customer} said the team is excited to move forward and asked for the contract.',
    points: ['The team wants to move forward', 'Security review is done'],
    next: ['{seller} sends the contract'],
  },
];

/** A deal that cools down, in order. */
export const coolingCalls: readonly CallText[] = [
  {
    title: 'Proposal walkthrough, {deal}',
    brief: '{customer} likes the proposal and the team is interested. Budget should be approved this month.',
    points: ['The scope is agreed', 'Decision expected within two weeks'],
    next: ['{customer} talks to finance'],
  },
  {
    title: 'Follow-up on {deal}',
    brief:
      '{customer} was hesitant. The budget is under review and the project is no longer a priority this quarter. ' +
      'They will circle back.',
    points: ['Budget is on hold', 'No longer a priority this quarter', 'The sponsor left the company'],
    next: [],
  },
  {
    title: 'Short call on {deal}',
    brief:
      '{customer} is not convinced of the value and worried about the price. They are disappointed that {feature} is ' +
      'missing and postponed the decision.',
    points: ['Too expensive for what it does', 'Decision postponed, no new date'],
    next: [],
  },
];

/** A customer on the way out, in order. */
export const souringCalls: readonly CallText[] = [
  {
    title: 'Check-in with {account}',
    brief: '{customer} said the team likes {product} and works with it daily. One small question about {feature}.',
    points: ['Happy with the product so far', 'Usage is steady'],
    next: ['{seller} answers the question on {feature}'],
  },
  {
    title: 'Check-in with {account}',
    brief:
      '{customer} is frustrated: {feature} has been unreliable for two weeks and support is slow. ' +
      'The team lost time and is unhappy.',
    points: ['Frustrated with {feature}', 'Support answers too late', 'Two teams stopped using it'],
    next: ['{seller} escalates the open tickets'],
  },
  {
    title: 'Escalation call with {account}',
    brief:
      '{customer} was angry and very disappointed. The problems are still not fixed, the team has lost trust, and they ' +
      'are considering to cancel. They are looking at {competitor}.',
    points: [
      'Unacceptable that the problems are still not fixed',
      '{account} is evaluating {competitor}',
      'They are considering to cancel at renewal',
    ],
    next: [],
  },
];

export const competitorCalls: readonly CallText[] = [
  {
    title: 'Pricing questions, {account}',
    brief:
      '{customer} asked how we compare with {competitor} after the launch of their new plan. {competitor} offered ' +
      'a lower price; the team still prefers {product} but wants an answer.',
    points: ['{competitor} offered half the price', 'They ask for a comparison with {competitor}'],
    next: ['{seller} sends a comparison with {competitor}'],
  },
  {
    title: 'Review call with {account}',
    brief:
      '{customer} saw the launch of {competitor} and is evaluating it next to {product}. The free tier of ' +
      '{competitor} worries us most.',
    points: ['{account} is evaluating {competitor}', 'The free tier of {competitor} is attractive to them'],
    next: ['{seller} schedules a value review'],
  },
];
