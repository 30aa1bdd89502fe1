/** Market news, invented like the companies in it. */

export interface NewsText {
  readonly title: string;
  readonly summary: string;
}

export const ordinaryNews: readonly NewsText[] = [
  {
    title: 'Workflow software spending to grow moderately this year',
    summary: 'Analysts expect steady demand from mid-sized companies, led by automation of routine work.',
  },
  {
    title: 'Survey: teams use nine tools a day on average',
    summary: 'A survey of 1,200 office workers shows little change against the year before.',
  },
  {
    title: 'New guidance on records retention published',
    summary: 'The guidance clarifies how long approvals have to be kept and in which form.',
  },
  {
    title: 'Regional tech fair reports record attendance',
    summary: 'Exhibitors of business software were content with the number of visitors.',
  },
  {
    title: 'Cloud prices stay level in the second quarter',
    summary: 'The large providers kept list prices, with small changes for storage.',
  },
];

export const competitorNews: readonly NewsText[] = [
  {
    title: '{competitor} names a new head of partnerships',
    summary: 'The company said the role will look after resellers in Europe.',
  },
  {
    title: '{competitor} publishes its yearly customer survey',
    summary: 'Most respondents use the product weekly, mainly for approvals.',
  },
  {
    title: '{competitor} to speak at the workflow conference',
    summary: 'The talk is about templates for onboarding.',
  },
];

/** A competitor's launch, in order. */
export const launchNews: readonly NewsText[] = [
  {
    title: '{competitor} launches Flow Pro and cuts prices by half',
    summary:
      '{competitor} launched a new product line aimed at customers of {product} and announced a price cut of 50% ' +
      'together with a free tier.',
  },
  {
    title: '{competitor} announces free tier and migration tool for {product} customers',
    summary:
      'With the launch {competitor} offers free migration from {product} and aggressive pricing for new customers.',
  },
  {
    title: '{competitor} raises $120 million after launch of Flow Pro',
    summary: 'The funding round is meant to speed up the launch; the company wants to double its sales team.',
  },
  {
    title: 'Early customers switch to {competitor} after launch',
    summary: 'Several companies said the new pricing of {competitor} made them switch from {product}.',
  },
];
