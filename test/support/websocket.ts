import { onTestFinished } from 'vitest';
import { epoch, writeAlerts } from './alerts.ts';
import { createMemoryLog, type MemoryLog } from './memory-log.ts';
import { call, openDoor, type Caller } from './push.ts';

export const clock = { now: () => epoch };

export async function setting(options: Partial<Parameters<typeof openDoor>[0]> & { readonly log?: MemoryLog } = {}) {
  const log = options.log ?? createMemoryLog(clock);
  const door = await openDoor({ log, clock, ...options });
  onTestFinished(() => door.close());
  const dial = async (token?: string, address = door.ws): Promise<Caller> => {
    const caller = await call(address, token);
    onTestFinished(() => caller.socket.terminate());
    return caller;
  };
  return { log, door, dial, book: writeAlerts(log) };
}
