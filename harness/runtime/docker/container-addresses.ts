import type { Address, Protocol, Topology } from '../../model/topology.ts';
import { zoneOf } from '../../model/topology.ts';
import type { EndpointAddresses } from '../driver.ts';
import { type Addresses, addressBook, type WiredEdge, wireEdge } from '../wiring.ts';
import type { Subnet } from './subnets.ts';

/** The network between the harness and the proxies; no node is in it. */
export const HARNESS_NETWORK = 'harness';
const API_PORT = 8474;
const FIRST_EDGE_PORT = 20_000;
/** The first addresses of a subnet: 1 is the gateway. */
const PROXY = 2;
const FIRST_NODE = 10;
/** What a port is usually called; a node's second port of one protocol takes the next number. */
const USUAL_PORTS: Readonly<Record<Protocol, number>> = {
  http: 8080,
  postgres: 5432,
  redis: 6379,
  nats: 4222,
  dns: 5300,
};

/** Who has which address in which network. */
export interface ContainerAddresses extends Addresses {
  /** By node: its own address, in the network of its zone. */
  readonly nodes: ReadonlyMap<string, string>;
  /** By network: the address of the Toxiproxy server in it. */
  readonly proxy: ReadonlyMap<string, string>;
}

/**
 * Gives every node an address in the network of its zone, and every edge a port on the Toxiproxy server's address in
 * the network of the zone that it starts in: from another zone that port cannot be reached.
 */
export function assignContainerAddresses(
  topology: Topology,
  subnets: ReadonlyMap<string, Subnet>,
  endpoints: EndpointAddresses,
): ContainerAddresses {
  const subnetOf = (network: string): Subnet => {
    const subnet = subnets.get(network);
    if (subnet === undefined) throw new Error(`there is no network for "${network}"`);
    return subnet;
  };
  const proxy = new Map([...subnets].map(([network, subnet]) => [network, subnet.address(PROXY)]));
  const toxiproxy = { host: proxy.get(HARNESS_NETWORK)!, port: API_PORT };
  const nodes = new Map<string, string>();
  const listeners = new Map<string, Address>();
  const taken = new Map<string, number>();
  for (const { name, zone, ports } of topology.nodes) {
    const number = taken.get(zone) ?? FIRST_NODE;
    taken.set(zone, number + 1);
    const host = subnetOf(zone).address(number);
    nodes.set(name, host);
    for (const [port, value] of portNumbers(ports)) listeners.set(`${name}:${port}`, { host, port: value });
  }
  /** The API's own network has no node and no listener of an edge: a connection there finds nobody. */
  const nobody = { host: toxiproxy.host, port: API_PORT - 1 };
  const edges = topology.edges.map((edge, index): WiredEdge => {
    const host = proxy.get(zoneOf(topology, edge.from) ?? '');
    if (host === undefined) throw new Error(`the edge from ${edge.from} starts in no zone`);
    const upstream = listeners.get(`${edge.to}:${edge.port}`) ?? endpoints[edge.to] ?? nobody;
    return wireEdge(topology, edge, { listen: { host, port: FIRST_EDGE_PORT + index }, upstream });
  });
  return { ...addressBook({ topology, toxiproxy, listeners, edges }), nodes, proxy };
}

function portNumbers(ports: Readonly<Record<string, Protocol>>): [string, number][] {
  const next = { ...USUAL_PORTS };
  return Object.entries(ports).map(([name, protocol]) => [name, next[protocol]++]);
}
