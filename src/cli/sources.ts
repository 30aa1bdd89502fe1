import { createGong } from '../intake/sources/gong.ts';
import { hubspot } from '../intake/sources/hubspot.ts';
import { intercom } from '../intake/sources/intercom.ts';
import { stripe } from '../intake/sources/stripe.ts';

/** The names a configuration may have under `orgs.<org>.sources`. */
export const sourceNames: readonly string[] = [createGong(), hubspot, intercom, stripe].map(({ name }) => name);
