/** Invented companies, people and products. Every domain ends in `.example`, which RFC 2606 keeps for nobody. */

export const industries = {
  logistics: 'Logistics',
  health: 'Healthcare',
  retail: 'Retail',
  software: 'Software',
  energy: 'Energy',
  finance: 'Financial Services',
  food: 'Food & Beverage',
  media: 'Media',
  education: 'Education',
  manufacturing: 'Manufacturing',
} as const;

type Industry = keyof typeof industries;

/** The order is settled: an account keeps its name and ids however many are asked for. */
export const accountNames: readonly (readonly [title: string, industry: Industry])[] = [
  ['Brightloom Labs', 'software'],
  ['Ridgeline Freight', 'logistics'],
  ['Copperleaf Clinics', 'health'],
  ['Marrowstone Energy', 'energy'],
  ['Tidewater Grocers', 'food'],
  ['Lanternfish Media', 'media'],
  ['Quarryside Tools', 'manufacturing'],
  ['Fennimore Bank', 'finance'],
  ['Juniper Lane Schools', 'education'],
  ['Saltmarsh Apparel', 'retail'],
  ['Oxbow Analytics', 'software'],
  ['Harrowgate Shipping', 'logistics'],
  ['Willowmere Care', 'health'],
  ['Emberfield Solar', 'energy'],
  ['Pepperwood Kitchens', 'food'],
  ['Driftlight Studios', 'media'],
  ['Ironbark Machines', 'manufacturing'],
  ['Castlewick Insurance', 'finance'],
  ['Larkspur Academy', 'education'],
  ['Thistledown Outfitters', 'retail'],
  ['Northfold Systems', 'software'],
  ['Gullwing Couriers', 'logistics'],
  ['Meadowbrook Dental', 'health'],
  ['Stonecrop Utilities', 'energy'],
  ['Bramblewood Bakery', 'food'],
  ['Silverpine Press', 'media'],
  ['Kestrel Robotics', 'manufacturing'],
  ['Wexcombe Capital', 'finance'],
  ['Foxglove Learning', 'education'],
  ['Amberline Home', 'retail'],
  ['Cloudberry Software', 'software'],
  ['Anchorstone Rail', 'logistics'],
  ['Hawthorn Labs', 'health'],
  ['Windmere Power', 'energy'],
  ['Sagebrush Coffee', 'food'],
  ['Moonharbor Games', 'media'],
  ['Flintridge Steel', 'manufacturing'],
  ['Aldermoor Credit', 'finance'],
  ['Cedarpath College', 'education'],
  ['Velvetleaf Stores', 'retail'],
];

export const firstNames: readonly string[] = (
  'Amara Bastien Carmen Dmitri Elif Fergus Greta Hiro Ines Jonas Kavya Leon Mirela Nils Oona Pavel ' +
  'Quinn Rosa Santiago Tamsin Umar Vera Wendell Ximena Yara Zoltan Ana Bram Chidi Delphine'
).split(' ');

export const lastNames: readonly string[] = (
  'Abernook Brightwater Castelline Dunmarrow Elverstone Farrowby Grimsdale Hollowell Inverlund Jessamy ' +
  'Kettleborn Lindqvale Merriwick Norbrook Ostermoor Pennyfeather Quillfeld Rosenhagen Stillwater ' +
  'Thornbury Underhay Vandermeer Wyndcliffe Yarrowfield'
).split(' ');

export const buyerTitles = [
  'VP Operations',
  'Head of IT',
  'Operations Manager',
  'Finance Director',
  'Procurement Lead',
  'Data Analyst',
  'Support Team Lead',
  'Director of Engineering',
] as const;

export const sellerTitles = ['Account Executive', 'Customer Success Manager', 'Solutions Engineer'] as const;

/** What the simulated organisation sells. */
export const product = 'Acme Flow';

export const features = [
  'reporting',
  'single sign-on',
  'the import wizard',
  'role permissions',
  'the mobile app',
  'scheduled exports',
  'the approval workflow',
  'dashboard sharing',
  'the audit trail',
  'webhook notifications',
] as const;

export const competitorNames = ['Zentrio', 'Quillstack', 'Parallux'] as const;

export const publishers = ['The Ledger Daily', 'Workflow Weekly', 'SaaS Observer', 'Enterprise Post'] as const;

export const dealKinds = ['Renewal', 'Expansion', 'New team', 'Add-on', 'Upgrade'] as const;
