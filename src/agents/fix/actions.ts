import type { Skill } from '../../core/agent.ts';

/** What a step of a proposal does to the outside, and how it is taken back. */
export interface ActionClass {
  readonly action: string;
  readonly sideEffects: Skill['sideEffects'];
  readonly undo: string | null;
  /** A reversible step needs one person, an irreversible one two. */
  readonly approval: 'none' | 'one' | 'four-eyes';
}

/** What to expect of words like these: the first that fits. What fits none is held for irreversible. */
const classes: readonly (readonly [RegExp, ActionClass])[] = [
  [
    /delet|drop|purge|truncat|refund|wipe|clean|cancel/i,
    { action: 'destroy', sideEffects: 'irreversible', undo: null, approval: 'four-eyes' },
  ],
  [
    /roll.{0,5}back|revert|take back/i,
    { action: 'roll-back', sideEffects: 'reversible', undo: 'Roll out the newer version again', approval: 'one' },
  ],
  [
    /scal|add.{0,12}(?:worker|node|replica|capacity)|raise|grow|resize/i,
    { action: 'scale', sideEffects: 'reversible', undo: 'Scale back to the size of before', approval: 'one' },
  ],
  [
    /config|flag|switch|toggle|disabl|enabl|pause|throttl/i,
    { action: 'configure', sideEffects: 'reversible', undo: 'Put back the configuration of before', approval: 'one' },
  ],
  [
    /restart|reboot|recycl/i,
    {
      action: 'restart',
      sideEffects: 'reversible',
      undo: 'Nothing is to be taken back; it may be started again',
      approval: 'one',
    },
  ],
  [
    /look|check|call|ask|tell|inspect|watch|review/i,
    { action: 'look', sideEffects: 'none', undo: null, approval: 'none' },
  ],
];

export function classOf(text: string): ActionClass {
  const found = classes.find(([words]) => words.test(text));
  return found?.[1] ?? { action: 'other', sideEffects: 'irreversible', undo: null, approval: 'four-eyes' };
}
