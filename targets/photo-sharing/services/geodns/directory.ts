import { isIPv4 } from 'node:net';
import { placeOf, type Subnet, subnetOf } from './subnets.ts';

export interface Datacenter {
  name: string;
  /** The IPv4 address that clients are sent to. */
  address: string;
}

/** The network that a question came from: of the client when the resolver said so, else of the resolver. */
export interface ClientNetwork {
  address: string;
  prefix: number;
}

export interface Choice {
  datacenter: Datacenter;
  /** Prefix length for which the answer holds (the scope of RFC 7871). */
  scope: number;
}

export interface DirectoryOptions {
  /** In order; the first one gets the share. */
  datacenters: readonly Datacenter[];
  /** All client subnets, in the order of their regions. */
  pools: readonly Subnet[];
  /** Per cent of the client subnets that belong to the first datacenter; the rest is divided evenly. */
  sharePercent: number;
  isUp: (datacenter: string) => boolean;
}

/** Which datacenter serves which client: its own one when that is up, else the next one that is. */
export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  choose(network: ClientNetwork): Choice {
    const { datacenters, isUp } = this.#options;
    const preferred = this.#preferredIndex(network.address);
    const inOrder = [...datacenters.slice(preferred), ...datacenters.slice(0, preferred)];
    // With everything down the clients' own datacenter is as good as any, and may be back before the next check.
    const datacenter = inOrder.find(({ name }) => isUp(name)) ?? inOrder[0]!;
    return { datacenter, scope: this.#isAlike(network) ? network.prefix : 32 };
  }

  #preferredIndex(address: string): number {
    const { datacenters, pools, sharePercent } = this.#options;
    const share = sharePercent / 100;
    const place = placeOf(address, pools);
    if (place < share || datacenters.length === 1) return 0;
    return 1 + Math.floor(((place - share) / (1 - share)) * (datacenters.length - 1));
  }

  /** Whether the whole network prefers one datacenter: its places ascend, so the ends decide. */
  #isAlike({ address, prefix }: ClientNetwork): boolean {
    if (!isIPv4(address)) return true;
    const { first, size } = subnetOf(address, prefix);
    return this.#preferredIndex(address) === this.#preferredIndex(textOf(first + size - 1)) || !this.#isPooled(first);
  }

  #isPooled(value: number): boolean {
    return this.#options.pools.some(({ first, size }) => value >= first && value < first + size);
  }
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
