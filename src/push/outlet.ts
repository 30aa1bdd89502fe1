import type { Framing } from './frames.ts';

/** One connection, as the push sees it. */
export interface Outlet {
  readonly framing: Framing;
  send(frame: Buffer): void;
  /** Bytes handed over and not yet taken by the network. */
  buffered(): number;
}
