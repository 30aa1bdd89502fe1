import type { ConfigInput } from '../config/schema.ts';
import { idOf } from '../core/ids.ts';
import { accountAliases, type Company } from './company.ts';
import { ruleKey } from './keys.ts';
import type { GongSigning, Signing } from './request.ts';

/** The secret of each source, as the configuration of the daemon holds it. For Gong a rule's public key, or `key:…` in the address. */
export interface Secrets {
  readonly gong: string;
  readonly hubspot: string;
  readonly intercom: string;
  readonly stripe: string;
}

const urlKeyPrefix = 'key:';

/** A seed for secrets alone, so that a daemon configured once takes what any seed plays. */
const usualSeed = 'weir simulate';

/** Secrets made from a seed: good for a daemon that is there to be simulated to, and for nothing else. */
export function simulatedSecrets(seed = usualSeed): Secrets {
  return {
    gong: ruleKey(seed).public,
    hubspot: idOf(seed, 'hubspot-secret'),
    intercom: idOf(seed, 'intercom-secret'),
    stripe: `whsec_${idOf(seed, 'stripe-secret')}`,
  };
}

/** The part of a configuration a daemon needs to take what is simulated: the org, its sources and its accounts. */
export function orgConfig(company: Company, secrets: Secrets, rate = 100_000): Pick<ConfigInput, 'orgs'> {
  return {
    orgs: {
      [company.org]: {
        rate,
        sources: {
          gong: { secret: secrets.gong },
          hubspot: { secret: secrets.hubspot },
          intercom: { secret: secrets.intercom },
          stripe: { secret: secrets.stripe },
        },
        accounts: accountAliases(company),
      },
    },
  };
}

/**
 * How to sign for a daemon that holds these secrets. Of Gong it holds the public key alone: where that is the simulated one,
 * its private half is at hand; `key:…` goes into the address. Throws a RangeError for the key of a real rule.
 */
export function signingFor(options: {
  org: string;
  publicUrl: string;
  secrets: Secrets;
  token?: string;
  /** Which the secrets were made from, where not from the usual one. */
  secretsSeed?: string;
}): Signing {
  const { secretsSeed = usualSeed, secrets, publicUrl, ...rest } = options;
  return {
    ...rest,
    publicUrl: publicUrl.replace(/\/$/, ''),
    gong: gongSigning(secrets.gong, secretsSeed),
    hubspot: secrets.hubspot,
    intercom: secrets.intercom,
    stripe: secrets.stripe,
  };
}

function gongSigning(secret: string, seed: string): GongSigning {
  if (secret.startsWith(urlKeyPrefix)) return { kind: 'key-in-url', key: secret.slice(urlKeyPrefix.length) };
  const key = ruleKey(seed);
  if (key.public !== secret.replaceAll(/-----[A-Z ]+-----|\s/g, '')) {
    throw new RangeError(
      'the configured secret of gong is the public key of another rule, and only who has its private key can sign; ' +
        'configure the key of the simulation, or key:… for a key in the address',
    );
  }
  return { kind: 'jwt', key: key.private };
}
