/** Every bound of the push, with what happens at it. */
export interface PushLimits {
  /** Bytes a connection may have waiting for the network. Beyond, it is served from the log at its own pace. */
  readonly bufferedBytesMax: number;
  /**
   * With so much more than that waiting, whoever sends yet another message is closed with 1008: it asks and does not
   * read. More than the largest alert, so that alerts alone never bring it about.
   */
  readonly unreadBytesMax: number;
  /** Recent transitions kept in memory, all organisations together. What is older is read from the log. */
  readonly ringMax: number;
  readonly ringBytesMax: number;
  /** Open alerts kept per organisation. The ones longest unchanged are left out then, and it is said. */
  readonly openPerOrgMax: number;
  /** Resolved alerts kept per organisation for the list; the oldest go first. */
  readonly resolvedPerOrgMax: number;
  /** Messages one subscription reads from the log before it is the next one's turn. */
  readonly historyChunk: number;
  /** Connections that read history from the log at once; the others wait their turn. */
  readonly historyReadersMax: number;
  /** Beyond: refused with `too-many`. */
  readonly connectionsMax: number;
  readonly connectionsPerOrgMax: number;
  readonly subscriptionsPerConnectionMax: number;
  /** Larger messages close the connection with 1009. */
  readonly messageBytesMax: number;
  /** More messages (protocol pings count) in ten seconds close it with 1008. */
  readonly messagesPer10sMax: number;
  /** How long a connection may stay without a token; then 4401. */
  readonly authWithinMs: number;
  readonly pingEveryMs: number;
  /** No sign of life for so long (nothing sent, nothing read): the connection is cut. Its cursor stays good. */
  readonly silentMsMax: number;
  /** How long connections have to close when the daemon stops. */
  readonly drainMs: number;
}

export const defaultPushLimits: PushLimits = {
  bufferedBytesMax: 256 * 1024,
  unreadBytesMax: 2 * 1024 * 1024,
  ringMax: 4_096,
  ringBytesMax: 32 * 1024 * 1024,
  openPerOrgMax: 10_000,
  resolvedPerOrgMax: 1_000,
  historyChunk: 16,
  historyReadersMax: 16,
  connectionsMax: 10_000,
  connectionsPerOrgMax: 2_000,
  subscriptionsPerConnectionMax: 32,
  messageBytesMax: 16 * 1024,
  messagesPer10sMax: 200,
  authWithinMs: 5_000,
  pingEveryMs: 30_000,
  silentMsMax: 300_000,
  drainMs: 2_000,
};
