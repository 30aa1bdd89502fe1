import { z } from 'zod';
import { anyObject } from './object.ts';

/**
 * An Intercom notification, one per request. `data.item` has the shape of its topic and of the app's API version (1.x or
 * 2.x), so only the envelope is required here.
 */
export const intercomNotification = z.object({
  type: z.literal('notification_event'),
  app_id: z.string().min(1).max(128).describe('The workspace.'),
  id: z.string().min(1).max(256).nullable().describe('Null for a ping.'),
  topic: z.string().min(1).max(200).describe('Such as `conversation.user.replied`.'),
  created_at: z.int().describe('Seconds since 1970; the time to order by.'),
  data: z.object({ item: anyObject }),
});
