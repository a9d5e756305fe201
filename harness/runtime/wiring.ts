import type { Address, Edge, NodeDefinition, Topology, Wiring } from '../model/topology.ts';
import { edgeName, protocolOf } from '../model/topology.ts';

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

/** Who listens where, fixed for the whole run. */
export interface Addresses {
  readonly toxiproxy: Address;
  readonly edges: readonly WiredEdge[];
  /** Throws when the node has no such port. */
  listen(node: string, port: string): Address;
  /** Throws when the topology has no such edge. */
  edge(name: string): WiredEdge;
}

/** What a node's program is told, besides addresses, in words that are true where it runs. */
export type ProgramSurroundings = Pick<Wiring, 'runId' | 'directory' | 'sources' | 'executable'>;

export function wiringOf(node: NodeDefinition, addresses: Addresses, surroundings: ProgramSurroundings): Wiring {
  return {
    ...surroundings,
    node,
    listen: (port) => addresses.listen(node.name, port),
    to: (to, port) => addresses.edge(edgeName({ from: node.name, to, port })).listen,
  };
}

/** An edge with what its protocol and its link ask of the proxy. */
export function wireEdge(
  topology: Topology,
  edge: Edge,
  { listen, upstream }: { listen: Address; upstream: Address },
): WiredEdge {
  const datagrams = protocolOf(topology, edge) === 'dns';
  return { name: edgeName(edge), listen, upstream, datagrams, latencyMs: edge.latencyMs ?? 0 };
}

/** Looks addresses up by name, with errors that tell what there is none of. */
export function addressBook(options: {
  topology: Topology;
  toxiproxy: Address;
  /** By `node:port`. */
  listeners: ReadonlyMap<string, Address>;
  edges: readonly WiredEdge[];
}): Addresses {
  const { topology, toxiproxy, listeners, edges } = options;
  const byName = new Map(edges.map((edge) => [edge.name, edge]));
  return {
    toxiproxy,
    edges,
    listen: (node, port) => found(listeners.get(`${node}:${port}`), `${node} has no port "${port}"`),
    edge: (name) => found(byName.get(name), `The topology ${topology.name} has no edge ${name}`),
  };
}

function found<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new Error(problem);
  return value;
}
