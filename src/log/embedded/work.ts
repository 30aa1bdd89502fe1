import { WeirError } from '../../core/errors.ts';
import { checkItem } from '../limits.ts';
import type { WorkItem, WorkQueue } from '../log.ts';
import type { WorkSettings } from '../streams.ts';
import type { Committer } from './commit.ts';
import type { Draft } from './draft.ts';
import { idKey, type IdWindow } from './id-window.ts';
import { createLeases } from './leases.ts';
import type { Store } from './store.ts';

/** An item is `[u32 deliveries][u16 bytes of org][org][data]` under its sequence. */
const headerBytes = 6;

/** The queue of work, in the same commits as everything else; who has what is in this process alone. */
export function openEmbeddedWork(
  store: Store,
  committer: Committer<Draft>,
  window: IdWindow,
  settings: WorkSettings,
): WorkQueue & { close(): void } {
  let bytes = 0;
  let last = 0;
  /** Deliveries of items that were handed out since this start, whether or not they are written down yet. */
  const delivered = new Map<number, number>();
  const removals = new Map<number, Promise<void>>();

  const leases = createLeases({ deliver, remove }, settings);
  for (const { key, value } of store.work.getRange()) {
    bytes += value.length;
    last = key;
    leases.offer(key);
  }

  return {
    async add(item) {
      checkItem(item);
      const value = encode(item);
      let taken = 0;
      const submitted = committer.submit(value.length, ({ ids, now, writes }) => {
        const key = idKey('WORK', item.id);
        if (ids.has(key) || window.find(key, now) !== undefined) return undefined;
        if (bytes + value.length > settings.maxBytes) {
          throw new WeirError('log-full', `the work has reached its ${settings.maxBytes} bytes`);
        }
        last += 1;
        const given = last;
        taken = value.length;
        bytes += taken;
        ids.set(key, given);
        writes.push(() => store.work.put(given, value));
        return given;
      });
      const sequence = await submitted.catch((error: unknown) => {
        // The commit it was part of did not reach the disk.
        bytes -= taken;
        throw error;
      });
      if (sequence === undefined) return 'duplicate';
      leases.offer(sequence);
      return 'added';
    },
    take: leases.take,
    waiting: async () => leases.waiting,
    close: leases.close,
  };

  /**
   * Hands it out at once: a flush before each step would be most of what a step waits for. Works are committed in the order they are asked
   * for, so the count is on the disk before anything that its taker appends is. A crash before that loses one count; an item that
   * ends its process only once its start was told is counted each time.
   */
  function deliver(sequence: number): Pick<WorkItem, 'org' | 'data' | 'deliveries'> | undefined {
    const stored = removals.has(sequence) ? undefined : store.work.get(sequence);
    if (!stored) return undefined;
    const value = Buffer.from(stored);
    const deliveries = (delivered.get(sequence) ?? value.readUInt32BE(0)) + 1;
    delivered.set(sequence, deliveries);
    value.writeUInt32BE(deliveries, 0);
    // If it fails, the committer tells so; the next delivery writes the whole count.
    committer
      .submit(value.length, ({ writes }) => void writes.push(() => store.work.put(sequence, value)))
      .catch(() => undefined);
    return { ...decode(value), deliveries };
  }

  /** Asked twice, it is the same removal: after it nothing may write the item again. */
  function remove(sequence: number): Promise<void> {
    const removing = removals.get(sequence) ?? removeOnce(sequence).finally(() => removals.delete(sequence));
    removals.set(sequence, removing);
    return removing;
  }

  async function removeOnce(sequence: number): Promise<void> {
    const size = store.work.get(sequence)?.length ?? 0;
    await committer.submit(0, ({ writes }) => void writes.push(() => store.work.remove(sequence)));
    bytes -= size;
    delivered.delete(sequence);
  }
}

function encode({ org, data }: { readonly org: string; readonly data: Uint8Array }): Buffer {
  const orgBytes = Buffer.byteLength(org);
  const value = Buffer.allocUnsafe(headerBytes + orgBytes + data.length);
  value.writeUInt32BE(0, 0);
  value.writeUInt16BE(orgBytes, 4);
  value.write(org, headerBytes);
  value.set(data, headerBytes + orgBytes);
  return value;
}

function decode(value: Buffer): { org: string; data: Uint8Array } {
  const dataStart = headerBytes + value.readUInt16BE(4);
  const org = value.toString('utf8', headerBytes, dataStart);
  return { org, data: value.subarray(dataStart) };
}
