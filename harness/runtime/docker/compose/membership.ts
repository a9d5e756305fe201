import { HARNESS_NETWORK } from '../container-addresses.ts';
import type { ComposeService } from './compose-file.ts';

/** Above all others, which have none: ports are published on the network with the highest. */
const PRIORITY = 1000;

/** The networks that a service is in, from its address in each. */
export function memberOf(addresses: ReadonlyMap<string, string>): ComposeService['networks'] {
  return Object.fromEntries(
    [...addresses].map(([network, address]) => [
      network,
      { ipv4_address: address, ...(network === HARNESS_NETWORK && { priority: PRIORITY }) },
    ]),
  );
}
