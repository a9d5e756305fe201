import { createServer } from 'node:net';
import type { Address } from '../../model/topology.ts';
import { formatAddress } from '../../model/topology.ts';
import { LOOPBACK } from '../process/ports.ts';

/**
 * How this machine gets to what containers listen on. Where the engine's networks are interfaces of this machine, that
 * is directly. Docker Desktop and rootless engines have them elsewhere: there the Toxiproxy container publishes a port on
 * 127.0.0.1 for each such address and leads it there, by proxies that no fault touches.
 */
export interface Reach {
  /** Whether the engine is on this machine, and so are the processes in its containers. */
  readonly here: boolean;
  fromHere(address: Address): Address;
}

export const directReach: Reach = { here: true, fromHere: (address) => address };

/**
 * Whether an address is one of this machine's own: whether one can listen on it. The list of network interfaces would
 * not do: a bridge has its address from the beginning, but is not in it before the first container.
 */
export async function isOwnAddress(host: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port: 0 }, () => server.close(() => resolve(true)));
  });
}

/** @param published by address as containers know it: the port on 127.0.0.1. */
export function publishedReach(published: ReadonlyMap<string, number>): Reach {
  return {
    here: false,
    fromHere: (address) => {
      const port = published.get(formatAddress(address));
      if (port === undefined) throw new Error(`${formatAddress(address)} is not published`);
      return { host: LOOPBACK, port };
    },
  };
}
