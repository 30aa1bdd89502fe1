import { z } from 'zod';

/**
 * What a Gong automation rule sends for a recorded call. Required is only what weir cannot do without; everything else
 * (parties, context, content, interaction) is read where it is there, since Gong adds fields without notice.
 */
export const gongWebhook = z.object({
  callData: z.object({
    metaData: z.object({
      id: z.string().min(1).max(64).describe('The call; up to 20 digits, always text.'),
      started: z.string().nullish().describe('ISO 8601, with an offset or Z.'),
      duration: z.number().nullish().describe('Seconds.'),
    }),
  }),
  isTest: z.boolean().nullish().describe('True for "Test now" on the rule’s page: ignored.'),
});
