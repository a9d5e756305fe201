import type { Address, Edge, NodeDefinition, Topology, Wiring } from '../model/topology.ts';
import { edgeName, protocolOf } from '../model/topology.ts';
import { LOOPBACK } from './ports.ts';
import { executable } from './programs.ts';

/** An edge with the addresses of its proxy. */
export interface WiredEdge {
  readonly name: string;
  /** Where the from-side dials. */
  readonly listen: Address;
  /** Where the to-side really listens. */
  readonly upstream: Address;
  /** Whether datagrams cross it too, on the same port numbers. */
  readonly datagrams: boolean;
  readonly latencyMs: number;
}

/** How many ports `assignAddresses` takes: one for each port of a node, for each edge, for the API, and for nobody. */
export function portsNeeded(topology: Topology): number {
  const ofNodes = topology.nodes.reduce((sum, { ports }) => sum + Object.keys(ports).length, 0);
  return ofNodes + topology.edges.length + 2;
}

/** Who listens where, fixed for the whole run. */
export interface Addresses {
  readonly toxiproxy: Address;
  readonly edges: readonly WiredEdge[];
  /** Throws when the node has no such port. */
  listen(node: string, port: string): Address;
  /** Throws when the topology has no such edge. */
  edge(name: string): WiredEdge;
}

/**
 * Gives every port of a node and every edge an address on 127.0.0.1. Edges to the collector lead to the given address;
 * without one they lead to a port where nobody listens, so that services run on without telemetry.
 */
export function assignAddresses(
  topology: Topology,
  ports: readonly number[],
  collector: Address | undefined,
): Addresses {
  const free = ports.values();
  const take = (): Address => {
    const { value, done } = free.next();
    if (done) throw new Error(`${ports.length} ports are too few for ${portsNeeded(topology)} addresses`);
    return { host: LOOPBACK, port: value };
  };
  const toxiproxy = take();
  const nobody = take();
  const listeners = new Map<string, Address>();
  for (const { name, ports } of topology.nodes) {
    for (const port of Object.keys(ports)) listeners.set(`${name}:${port}`, take());
  }
  const edges = new Map<string, WiredEdge>();
  for (const edge of topology.edges) {
    const upstream = listeners.get(`${edge.to}:${edge.port}`) ?? collector ?? nobody;
    edges.set(edgeName(edge), wire(topology, edge, { listen: take(), upstream }));
  }
  return {
    toxiproxy,
    edges: [...edges.values()],
    listen: (node, port) => found(listeners.get(`${node}:${port}`), `${node} has no port "${port}"`),
    edge: (name) => found(edges.get(name), `The topology ${topology.name} has no edge ${name}`),
  };
}

/** What a node's program is told; `directory` is the node's own. */
export function wiringOf(
  node: NodeDefinition,
  addresses: Addresses,
  { runId, directory, sources }: { runId: string; directory: string; sources: string },
): Wiring {
  return {
    runId,
    node,
    directory,
    sources,
    listen: (port) => addresses.listen(node.name, port),
    to: (to, port) => addresses.edge(edgeName({ from: node.name, to, port })).listen,
    executable: (program) => executable(program),
  };
}

function wire(topology: Topology, edge: Edge, { listen, upstream }: { listen: Address; upstream: Address }): WiredEdge {
  const datagrams = protocolOf(topology, edge) === 'dns';
  return { name: edgeName(edge), listen, upstream, datagrams, latencyMs: edge.latencyMs ?? 0 };
}

function found<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new Error(problem);
  return value;
}
