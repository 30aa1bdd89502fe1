import { stringify } from 'yaml';
import type { ConfigInput } from '../../src/config/schema.ts';
import { orgConfig, simulatedSecrets, type Secrets } from '../../src/simulate/config.ts';
import type { DaemonOptions } from './daemon.ts';

/** As they must stand in a file: by reference. */
const references: Secrets = {
  gong: '${WEIR_SIMULATED_GONG}',
  hubspot: '${WEIR_SIMULATED_HUBSPOT}',
  intercom: '${WEIR_SIMULATED_INTERCOM}',
  stripe: '${WEIR_SIMULATED_STRIPE}',
};

/** For a daemon that is simulated to. Quiet entities' clocks stand still, since the simulation's weeks go by in seconds. */
export function configText(
  { company, config, natsUrl, clickhouseUrl }: DaemonOptions,
  data: string,
  port: number,
): string {
  const input: ConfigInput = {
    ...orgConfig(company, references),
    ...config,
    data,
    http: { ...config?.http, port },
    pipeline: { idleTimers: false, ...config?.pipeline },
    ...(natsUrl !== undefined && { log: { url: natsUrl } }),
    ...(clickhouseUrl !== undefined && { store: { url: clickhouseUrl } }),
  };
  return stringify(input);
}

/** What the references stand for; and no server that this machine's own environment names. */
export function environment(): NodeJS.ProcessEnv {
  const { gong, hubspot, intercom, stripe } = simulatedSecrets();
  const { NATS_URL: _nats, CLICKHOUSE_URL: _clickhouse, ...rest } = process.env;
  return {
    ...rest,
    WEIR_SIMULATED_GONG: gong,
    WEIR_SIMULATED_HUBSPOT: hubspot,
    WEIR_SIMULATED_INTERCOM: intercom,
    WEIR_SIMULATED_STRIPE: stripe,
  };
}
