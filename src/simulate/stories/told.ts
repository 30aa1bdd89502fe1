import type { Account } from '../company.ts';
import type { Notice } from '../notice.ts';
import { conversation } from '../ordinary/support.ts';
import type { Happening, World } from '../ordinary/happening.ts';
import type { Thread } from '../texts/conversations.ts';

/** A whole thread at once: its opening at `at`, and everything after it, each at its own time. */
export function threadFrom(
  at: number,
  world: World,
  account: Account,
  thread: Thread,
  words: Record<string, string> = {},
): Notice[] {
  const notices: Notice[] = [];
  let time = at;
  let happening: Happening | undefined = conversation(world, account, thread, words)(time);
  while (happening) {
    notices.push(happening.notice);
    if (!happening.sequel) break;
    time += happening.sequel.afterMs;
    happening = happening.sequel.happen(time);
  }
  return notices;
}
