import fc from 'fast-check';

const words = fc.constantFrom(
  'great',
  'terrible',
  'not',
  'very',
  'but',
  'URGENT',
  'down',
  'still waiting',
  "can't",
  'log in',
  'refund',
  'third time',
  'all users',
  'happy',
  'crash',
  'launches',
  'price cut',
  'switching to',
  'Rivalsoft',
  'the',
  'we',
  ':)',
  '!!!',
  '??',
  '.',
  '\n',
  'https://x.example/a',
  '@you',
  '🎉',
  '’',
);

/** Anything from noise to sentences made of words the lexicons know. */
export const textArbitrary: fc.Arbitrary<string> = fc.oneof(
  fc.array(words, { maxLength: 60 }).map((list) => list.join(' ')),
  fc.string({ maxLength: 3_000, unit: 'grapheme' }),
);

/** Frozen to its leaves, so that whoever changes it in place is found out. */
export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFrozen(part);
    Object.freeze(value);
  }
  return value;
}
