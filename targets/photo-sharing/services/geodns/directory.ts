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
  /** Of the clients of a datacenter, the part that is sent there: 0 when it is down, less than 1 while it comes back. */
  admittedPart: (datacenter: string) => number;
}

/** Which datacenter serves which client: its own one when that is up and admits it, else the next one that is up. */
export class Directory {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  choose(network: ClientNetwork): Choice {
    const { datacenters, admittedPart } = this.#options;
    const { index, part } = this.#preference(network.address);
    const [own, ...others] = [...datacenters.slice(index), ...datacenters.slice(0, index)] as [
      Datacenter,
      ...Datacenter[],
    ];
    const admitted = part < admittedPart(own.name);
    // With everything else down the clients' own datacenter is as good as any, and may be back before the next check.
    const datacenter = admitted ? own : (others.find(({ name }) => admittedPart(name) > 0) ?? own);
    return { datacenter, scope: this.#isAlike(network) ? network.prefix : 32 };
  }

  /** The datacenter that a client prefers, and its place from 0 to 1 among the clients that do. */
  #preference(address: string): { index: number; part: number } {
    const { datacenters, pools, sharePercent } = this.#options;
    const share = sharePercent / 100;
    const place = placeOf(address, pools);
    if (datacenters.length === 1) return { index: 0, part: place };
    if (place < share) return { index: 0, part: place / share };
    const among = ((place - share) / (1 - share)) * (datacenters.length - 1);
    return { index: 1 + Math.floor(among), part: among % 1 };
  }

  /** Whether the whole network is sent to one datacenter: its places ascend, so the ends decide, unless one is coming back. */
  #isAlike({ address, prefix }: ClientNetwork): boolean {
    if (!isIPv4(address)) return true;
    const { datacenters, admittedPart } = this.#options;
    const { first, size } = subnetOf(address, prefix);
    if (!this.#isPooled(first)) return true;
    const isComingBack = datacenters.some(({ name }) => admittedPart(name) > 0 && admittedPart(name) < 1);
    const last = textOf(first + size - 1);
    return !isComingBack && this.#preference(address).index === this.#preference(last).index;
  }

  #isPooled(value: number): boolean {
    return this.#options.pools.some(({ first, size }) => value >= first && value < first + size);
  }
}

function textOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
