import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A block of IPv4 addresses: the first one as a number, and how many. */
export interface Subnet {
  first: number;
  size: number;
}

/** Undefined when the text is no IPv4 block like `203.0.113.0/25`. */
export function parseSubnet(text: string): Subnet | undefined {
  const [address = '', length = ''] = text.split('/');
  const prefix = Number(length);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(length) || prefix > 32) return undefined;
  return subnetOf(address, prefix);
}

/** The block of this prefix length that the IPv4 address lies in. */
export function subnetOf(address: string, prefix: number): Subnet {
  const size = 2 ** (32 - prefix);
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first: value - (value % size), size };
}

/**
 * Where an address stands among all clients, in [0, 1): its rank in the pools laid end to end, in their order. An
 * address outside of them gets a place by hash, so that strangers are shared out alike, and always in the same way.
 */
export function placeOf(address: string, pools: readonly Subnet[]): number {
  const total = pools.reduce((sum, { size }) => sum + size, 0);
  if (isIPv4(address)) {
    const { first: value } = subnetOf(address, 32);
    let before = 0;
    for (const { first, size } of pools) {
      if (value >= first && value < first + size) return (before + value - first) / total;
      before += size;
    }
  }
  return createHash('sha256').update(address).digest().readUInt32BE(0) / 2 ** 32;
}
