import { createCues, type Cue } from './cues.ts';
import { textCharsMax } from './text.ts';
import { tokenise } from './tokens.ts';

/** Where a customer says that they want more: seats, teams, plans. */
export function expansionCues(text: string): readonly Cue[] {
  return expansion(text, tokenise(text.slice(0, textCharsMax)));
}

/** Where a customer says that they leave, or are about to. */
export function leavingCues(text: string): readonly Cue[] {
  return leaving(text, tokenise(text.slice(0, textCharsMax)));
}

const expansion = createCues([
  {
    name: 'more seats',
    weight: 1,
    phrases: `more seats, additional seats, extra seats, add seats, add two, add ten, add five, add users, more users, more licenses,
      more licences, additional licenses, add two colleagues, new hires, larger teams, whole company, other teams, another team`,
  },
  {
    name: 'larger plan',
    weight: 1,
    phrases: `upgrade, upgrading, enterprise plan, premium plan, higher plan, annual billing, multi-year, expand, expanding, expansion,
      roll out to, rolling out to, roll it out, adoption grew, add-on, addon, white label`,
  },
]);

const leaving = createCues([
  {
    name: 'cancelling',
    weight: 1,
    phrases: `cancel our plan, cancel our subscription, cancel our account, cancel our contract, cancel my plan, cancel my subscription,
      cancel my account, cancel the contract, cancel the subscription, cancel at renewal, considering to cancel, want to cancel, going to cancel,
      terminate our contract, terminate the contract, close our account, not renewing, won't renew, will not renew, not renew`,
  },
  {
    name: 'leaving for another',
    weight: 1,
    phrases: `we are switching to, we're switching to, are switching to, we are moving to, we're moving to, migrating to, looking elsewhere,
      leaving you, we are leaving, we're leaving, decided to leave, went with another, replace you`,
  },
]);
