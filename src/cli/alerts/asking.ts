import { z } from 'zod';
import { alertSchema, alertTransitionSchema } from '../../../schemas/alert.ts';
import type { Alert, AlertTransition } from '../../core/alert.ts';
import type { Client, Query } from '../client.ts';
import { wholeId } from '../whole-id.ts';

const pageMax = 200;
const pageSchema = z.object({ alerts: z.array(alertSchema), next: z.string().nullable() });

/** The alerts whose last change is newest, at most so many. */
export async function newestAlerts(client: Client, limit: number, query: Query = {}): Promise<readonly Alert[]> {
  const alerts: Alert[] = [];
  let cursor: string | undefined;
  do {
    const page = pageSchema.parse(
      await client.json('GET', '/alerts', {
        ...query,
        limit: String(Math.min(limit - alerts.length, pageMax)),
        cursor,
      }),
    );
    alerts.push(...page.alerts);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && alerts.length < limit);
  return alerts;
}

/** The whole id of an alert, of which a beginning is enough where it is one alert's alone. */
export const alertIdOf = (client: Client, text: string): Promise<string> =>
  wholeId(text, 'alert', (limit) => newestAlerts(client, limit));

const detailSchema = z.object({
  alert: alertSchema,
  transitions: z.array(alertTransitionSchema),
  complete: z.boolean(),
});

/** An alert with what happened to it, the newest last. */
export interface AlertDetail {
  readonly alert: Alert;
  readonly transitions: readonly AlertTransition[];
  /** False where there are older transitions. */
  readonly complete: boolean;
}

export const alertDetailOf = async (client: Client, id: string): Promise<AlertDetail> =>
  detailSchema.parse(await client.json('GET', `/alerts/${id}`));
