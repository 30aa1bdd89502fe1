import type { Observing } from '../happened.ts';

/** What runs, as the first line of the log names it. Addresses without passwords. */
export interface Facts {
  readonly version: string;
  readonly log: string;
  readonly store: string;
  readonly address: string;
}

export interface DaemonHappenings {
  /** The first line. */
  starting(facts: Facts): void;
  ready(address: string, tookMs: number): void;
  stopping(why: string): void;
  stopped(tookMs: number): void;
  /** It cannot go on. */
  failed(error: unknown): void;
}

export function daemonHappened({ log, metrics }: Observing): DaemonHappenings {
  const started = metrics.gauge('weir_ready_timestamp_seconds', 'When it became ready; 0 while it starts or stops.');
  return {
    starting({ version, log: theLog, store, address }) {
      log.info({ version, log: theLog, store, address }, `weir ${version} starts`);
    },
    ready(address, tookMs) {
      started.setToCurrentTime();
      log.info({ address, tookMs }, `Ready at ${address}`);
    },
    stopping(why) {
      started.set(0);
      log.info({ why }, 'Stops: finishes what is in flight');
    },
    stopped: (tookMs) => log.info({ tookMs }, 'Stopped'),
    failed: (err) => log.error({ err }, 'weir cannot go on'),
  };
}
