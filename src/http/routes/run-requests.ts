import { z } from 'zod';
import { orgSchema } from '../../../schemas/push.ts';
import { openKind, sessionPatterns, sessionRisks, sessionStatuses } from '../../../schemas/run.ts';
import { agentsOwnNames } from '../../core/agent.ts';
import { idPattern } from './run-address.ts';

/** What people ask of runs over HTTP. */

export const listSchema = z.strictObject({
  org: orgSchema.exactOptional(),
  status: z.enum(sessionStatuses).exactOptional(),
  entity: z.string().min(1).max(256).exactOptional().describe('Those about it alone'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(idPattern, 'expected `next` of the page before')
    .exactOptional()
    .describe('`next` of the page before'),
});
/** Names that may be wanted of one run, and characters of what its agents are given, as JSON. */
const wantedMax = 16;
const inputLengthMax = 32_768;
/** What tasks and contexts of runs hold under names of their own. */
const ownNames: ReadonlySet<string> = new Set([
  ...agentsOwnNames,
  ...(
    'alerts timeline scores baselines peers similar similarBy embedded missing cut ' +
    'context messages conflicts reports done proposal unproposed provider calls'
  ).split(' '),
]);

/** A run asked for, of one of these kinds. `proposes` as in `RunRouteDeps`. */
export const newSchemaOf = (kinds: readonly string[], proposes: boolean) =>
  sessionRequestSchema(kinds)
    .refine(({ kind, wanted }) => wanted === undefined || kind === openKind, {
      path: ['wanted'],
      message: `goes with the kind ${openKind} alone`,
    })
    .refine(({ wanted = [], input = {} }) => !wanted.some((name) => Object.hasOwn(input, name)), {
      path: ['wanted'],
      message: 'has a name that its `input` gives already',
    })
    .refine(({ kind, wanted }) => proposes || wanted !== undefined || kind !== openKind, {
      path: ['wanted'],
      message: `is needed: no model proposes the steps of a run of kind ${openKind}`,
    });

const sessionRequestSchema = (kinds: readonly string[]) =>
  z.strictObject({
    kind: z.enum(kinds).describe('What kind of task it is: it says which steps there are'),
    wanted: z
      .array(z.string().min(1).max(128))
      .min(1)
      .max(wantedMax)
      .exactOptional()
      .describe(
        `Of kind \`${openKind}\`: names of what shall come of it, as skills give them, none of them of its \`input\`; its steps follow from them`,
      ),
    input: z
      .record(z.string().min(1).max(128), z.unknown().pipe(z.json()))
      .refine((input) => JSON.stringify(input).length <= inputLengthMax, 'is too long')
      .refine((input) => !Object.keys(input).some((name) => ownNames.has(name)), 'has a name that weir gives itself')
      .exactOptional()
      .describe('What its agents are given, by name'),
    goal: z.string().min(1).max(2_000),
    entity: z.string().min(1).max(256).nullable().default(null).describe('Whom it is about; null: all'),
    asOf: z.iso.datetime().exactOptional().describe('What happened later does not count. Absent: now'),
    pattern: z.enum(sessionPatterns).exactOptional().describe('How it is done; absent: by what is known of such runs'),
    risk: z.enum(sessionRisks).exactOptional().describe('What may be broken when it goes wrong. Absent: low'),
    budget: z
      .strictObject({
        money: z.number().min(0).exactOptional().describe('US dollars'),
        tokens: z.int().min(0).exactOptional(),
        calls: z.int().min(0).exactOptional().describe('Of tools and models'),
      })
      .exactOptional()
      .describe(
        'What its steps may cost together, the prose at its end among them; what it does not name is as where it is absent. ' +
          'Absent: nothing but time; 64 calls, where its kind does not come with weir; the prose beside that',
      ),
    key: z.string().min(1).max(200).exactOptional().describe('Asked again under the same key, it is the same run'),
  });
const why = z.string().min(1).max(1_000);
export const whySchema = z.strictObject({ why });
export const approvalSchema = z.strictObject({
  step: z.string().min(1).max(80),
  argumentsHash: z
    .string()
    .regex(idPattern, 'expected a hash such as the step shows')
    .describe('Of the arguments you looked at; others by now: 409'),
  decision: z.enum(['grant', 'deny']).default('grant'),
  why,
});

export const answerSchema = z.strictObject({
  step: z.string().min(1).max(80).describe('As `people` of the session names it'),
  done: z.boolean().describe('False: you cannot do it either'),
  why,
  output: z
    .record(z.string().min(1).max(100), z.unknown().pipe(z.json()))
    .default({})
    .describe('What the steps after it are given'),
});
export const messageSchema = z.strictObject({
  session: z.string().min(1).max(64),
  to: z
    .string()
    .min(1)
    .max(100)
    .describe('An agent, a step or a skill of the session, or `*`: those that have not begun'),
  text: z.string().min(1).max(4_000),
  key: z.string().min(1).max(200).exactOptional().describe('Sent again under the same key, it is the same message'),
});
