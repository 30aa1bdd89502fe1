/** What tool servers tell. */
export interface McpHappenings {
  toolServerStarted(server: string, pid: number | null): void;
  /** It ended, or could not be started; it is tried again in `waitMs`. `said`: its last words on stderr. */
  toolServerDown(server: string, why: string, said: string, waitMs: number): void;
  /** A tool that nobody saw before is trusted as it is from now on (`first`), or because the configuration names it (`accepted`). */
  toolPinned(server: string, tool: string, how: 'first' | 'accepted', hash: string): void;
  /** A tool is no longer what was pinned: it is not called until the configuration pins `hash`. */
  toolQuarantined(server: string, tool: string, hash: string, changes: readonly string[]): void;
  toolCalled(server: string, tool: string, outcome: string, ms: number): void;
}
