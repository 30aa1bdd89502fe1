import { CommandFailed, WrongUsage } from './context.ts';

const prefixMin = 4;
/** Of each kind so many are looked through for a beginning of an id: as many as a daemon lists. */
const listedMax = 1_000;

/**
 * The whole id of a run or an alert, of which a beginning is enough where it is one's alone among the newest. Rejects with `WrongUsage` for
 * what is no beginning of an id, and with `CommandFailed` where it is none's, or several's.
 */
export async function wholeId(
  text: string,
  what: 'run' | 'alert',
  newest: (limit: number) => Promise<readonly { readonly id: string }[]>,
): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  if (!/^[0-9a-f]*$/.test(text) || text.length < prefixMin) {
    const list = `see weir ${what}s list`;
    throw new WrongUsage(
      `"${text}" is no id of ${what === 'alert' ? 'an' : 'a'} ${what}, nor the first ${prefixMin} signs of one: ${list}`,
    );
  }
  const found = (await newest(listedMax)).filter(({ id }) => id.startsWith(text));
  const [first, ...others] = found;
  if (!first) throw new CommandFailed(`There is no ${what} ${text}… among the last ${listedMax}.`);
  if (others.length > 0) throw new CommandFailed(`${found.length} ${what}s begin with ${text}: give more of the id.`);
  return first.id;
}
