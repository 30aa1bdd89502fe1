import type { Law } from '../../src/observe/law.ts';

export const law: Law = {
  received: 9,
  ignored: 0,
  rejected: 0,
  accepted: 9,
  stored: 2,
  duplicates: 0,
  dead: 0,
  pending: 7,
  lost: 0,
};
