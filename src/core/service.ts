/** A part of the daemon that runs. `start` resolves when it is ready; `stop` when what was in flight is finished. */
export interface Service {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}
