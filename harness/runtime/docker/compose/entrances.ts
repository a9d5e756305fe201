import { type Address, formatAddress, type Protocol, protocolOf, type Topology } from '../../../model/topology.ts';
import type { WiredEdge } from '../../wiring.ts';
import { type ContainerAddresses, HARNESS_NETWORK } from '../container-addresses.ts';

/** Something that a person can open on 127.0.0.1. */
export interface Entrance {
  /** `lb.us-east:http` */
  readonly name: string;
  readonly protocol: Protocol;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Leads there from the network that ports are published on. No edge of the target. */
  readonly proxy: WiredEdge;
}

/** Beyond the ports of the edges, on an address that no zone reaches. */
const FIRST_LISTENER = 30_000;
const SITES = 8081;
const NAME_SERVERS = 8053;
const MONITORING = 9090;

/**
 * Ways in to what the clients dial and to what watches the target.
 * @param publishedPort the port of this machine to take instead of the usual one.
 */
export function entrances(
  topology: Topology,
  addresses: ContainerAddresses,
  publishedPort: (usual: number) => number,
): Entrance[] {
  const host = addresses.proxy.get(HARNESS_NETWORK)!;
  const opened = [
    ...numbered(dialledByClients(topology, 'http'), SITES),
    ...numbered(dialledByClients(topology, 'dns'), NAME_SERVERS),
    ...numbered(watching(topology), MONITORING),
  ];
  return opened.map(({ node, port, protocol, usual }, index) => {
    const name = `${node}:${port}`;
    const listen: Address = { host, port: FIRST_LISTENER + index };
    const upstream = addresses.listen(node, port);
    const proxy = { name: `this machine to ${name}`, listen, upstream, datagrams: protocol === 'dns', latencyMs: 0 };
    return { name, protocol, port: publishedPort(usual), proxy };
  });
}

/** As Compose publishes it. */
export function publishedPorts({ port, proxy }: Entrance): string[] {
  const tcp = `127.0.0.1:${port}:${proxy.listen.port}`;
  return proxy.datagrams ? [tcp, `${tcp}/udp`] : [tcp];
}

/** How a person opens it. */
export function describeEntrance({ name, protocol, port }: Entrance): string {
  const address = formatAddress({ host: '127.0.0.1', port });
  return `${(protocol === 'http' ? `http://${address}/` : `${address} (${protocol})`).padEnd(24)} ${name}`;
}

interface NodePort {
  readonly node: string;
  readonly port: string;
  readonly protocol: Protocol;
}

function numbered(ports: readonly NodePort[], first: number): (NodePort & { usual: number })[] {
  return ports.map((port, index) => ({ ...port, usual: first + index }));
}

/** Each once, though clients of several regions dial it. */
function dialledByClients(topology: Topology, protocol: Protocol): NodePort[] {
  const clients = topology.endpoints.filter(({ tier }) => tier === 'clients').map(({ name }) => name);
  const dialled = topology.edges
    .filter((edge) => clients.includes(edge.from) && protocolOf(topology, edge) === protocol)
    .map(({ to, port }): [string, NodePort] => [`${to}:${port}`, { node: to, port, protocol }]);
  return [...new Map(dialled).values()];
}

function watching({ nodes }: Topology): NodePort[] {
  return nodes
    .filter(({ tier }) => tier === 'monitoring')
    .flatMap(({ name, ports }) => Object.entries(ports).map(([port, protocol]) => ({ node: name, port, protocol })));
}
