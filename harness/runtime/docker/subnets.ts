import { networkInterfaces } from 'node:os';

/** A range of IPv4 addresses: the first one as a number, and how many there are. */
interface AddressRange {
  readonly first: number;
  readonly count: number;
}

/** `10.200.0.0` to `10.231.255.255`: private, and seldom used by others. */
const FIRST_SUBNET = toNumber('10.200.0.0');
const SUBNETS = 32 * 256;
const SUBNET_ADDRESSES = 256;

/** One network of a run: 254 addresses. */
export interface Subnet {
  /** `10.200.7.0/24` */
  readonly cidr: string;
  /** The n-th address; 1 is the engine's own, the gateway. */
  address(n: number): string;
}

/**
 * Subnets that overlap neither each other nor any of `taken` (as `10.0.0.0/8`), nor an address of this machine. Where
 * the search begins is drawn, so that two runs that begin at once seldom want the same.
 */
export function freeSubnets(count: number, taken: readonly string[], random: () => number = Math.random): Subnet[] {
  const ranges = [...taken, ...ownNetworks()].flatMap((cidr) => parseRange(cidr) ?? []);
  const begin = Math.floor(random() * SUBNETS);
  const found: Subnet[] = [];
  for (let step = 0; step < SUBNETS && found.length < count; step += 1) {
    const first = FIRST_SUBNET + ((begin + step) % SUBNETS) * SUBNET_ADDRESSES;
    if (!ranges.some((range) => overlap(range, { first, count: SUBNET_ADDRESSES }))) found.push(subnet(first));
  }
  return found;
}

/** The subnet that begins with this address: `10.199.3.0`. */
export function subnetFrom(first: string): Subnet {
  return subnet(toNumber(first));
}

function subnet(first: number): Subnet {
  return { cidr: `${toText(first)}/24`, address: (n) => toText(first + n) };
}

function ownNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.flatMap(({ cidr }) => cidr ?? []));
}

/** Undefined for IPv6, which has no part in this. */
function parseRange(cidr: string): AddressRange | undefined {
  const [address = '', bits = '32'] = cidr.split('/');
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return undefined;
  const count = 2 ** (32 - Number(bits));
  return { first: Math.floor(toNumber(address) / count) * count, count };
}

function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.first < b.first + b.count && b.first < a.first + a.count;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
