import type { Skill } from '../core/agent.ts';

/** What may be broken when a run goes wrong, by whom it is about: as the rule or person that asks for it says. */
export const risks = ['low', 'medium', 'high'] as const;
export type Risk = (typeof risks)[number];

/** What has to happen before a step that changes something starts. `approve`: one person, who may be the one who asked for the run; `four-eyes`: two others. */
export const guards = ['go', 'approve', 'four-eyes', 'deny'] as const;
export type Guard = (typeof guards)[number];

/** By what a skill does to the outside and by risk. An organisation may have a table of its own. */
export type Policy = Readonly<Record<Skill['sideEffects'], Readonly<Record<Risk, Guard>>>>;

export const usualPolicy: Policy = {
  none: { low: 'go', medium: 'go', high: 'go' },
  reversible: { low: 'go', medium: 'approve', high: 'approve' },
  irreversible: { low: 'approve', medium: 'four-eyes', high: 'deny' },
};

/** The strictest there is for any of the skills. */
export function guardOf(policy: Policy, skills: readonly Pick<Skill, 'sideEffects'>[], risk: Risk): Guard {
  const places = skills.map(({ sideEffects }) => guards.indexOf(policy[sideEffects][risk]));
  return guards[Math.max(0, ...places)] ?? 'deny';
}
