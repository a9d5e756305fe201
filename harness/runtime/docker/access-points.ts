import { type Address, edgeName, formatAddress, type Topology } from '../../model/topology.ts';
import type { WiredEdge } from '../wiring.ts';
import type { PublishedPort } from './container.ts';
import type { ContainerAddresses } from './container-addresses.ts';

/** What the Toxiproxy container publishes where this machine cannot get at the containers' own addresses. */
export interface AccessPoints {
  /** One proxy for each address; they are no edges of the target, so no fault touches them. */
  readonly proxies: readonly WiredEdge[];
  readonly published: readonly PublishedPort[];
  /** By address as containers know it: the port on 127.0.0.1. */
  readonly ports: ReadonlyMap<string, number>;
}

const FIRST_PORT = 30_000;
const EVERYWHERE = '0.0.0.0';

/** How many ports of this machine `accessPoints` takes. */
export function accessPortsNeeded(topology: Topology): number {
  return 1 + topology.edges.length + topology.nodes.reduce((sum, { ports }) => sum + Object.keys(ports).length, 0);
}

/** A way in for the API, for every edge and for every port of a node: all that the harness must reach. */
export function accessPoints(topology: Topology, addresses: ContainerAddresses, free: readonly number[]): AccessPoints {
  const [apiPort = 0, ...others] = free;
  const { toxiproxy } = addresses;
  const proxies: WiredEdge[] = [];
  const published: PublishedPort[] = [{ container: toxiproxy.port, host: apiPort, protocol: 'tcp' }];
  const ports = new Map([[formatAddress(toxiproxy), apiPort]]);
  const lead = (name: string, upstream: Address, datagrams: boolean): void => {
    const container = FIRST_PORT + proxies.length;
    const host = others[proxies.length];
    if (host === undefined) throw new Error(`${free.length} ports are too few`);
    proxies.push({ name, listen: { host: EVERYWHERE, port: container }, upstream, datagrams, latencyMs: 0 });
    published.push({ container, host, protocol: 'tcp' });
    if (datagrams) published.push({ container, host, protocol: 'udp' });
    ports.set(formatAddress(upstream), host);
  };
  for (const edge of topology.edges) {
    const { name, listen, datagrams } = addresses.edge(edgeName(edge));
    lead(`harness to ${name}`, listen, datagrams);
  }
  for (const { name, ports: ownPorts } of topology.nodes) {
    for (const [port, protocol] of Object.entries(ownPorts)) {
      lead(`harness to ${name}:${port}`, addresses.listen(name, port), protocol === 'dns');
    }
  }
  return { proxies, published, ports };
}
