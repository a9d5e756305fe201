import type { Address, Topology } from '../../model/topology.ts';
import type { EndpointAddresses } from '../driver.ts';
import { type Addresses, addressBook, wireEdge } from '../wiring.ts';
import { LOOPBACK } from './ports.ts';

/** How many ports `assignAddresses` takes: one for each port of a node, for each edge, for the API, and for nobody. */
export function portsNeeded(topology: Topology): number {
  const ofNodes = topology.nodes.reduce((sum, { ports }) => sum + Object.keys(ports).length, 0);
  return ofNodes + topology.edges.length + 2;
}

/**
 * Gives every port of a node and every edge an address on 127.0.0.1. Edges to endpoints lead to the given
 * addresses; without one they lead to a port where nobody listens, so that services run on without telemetry.
 */
export function assignAddresses(topology: Topology, ports: readonly number[], endpoints: EndpointAddresses): Addresses {
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
  const edges = topology.edges.map((edge) => {
    const upstream = listeners.get(`${edge.to}:${edge.port}`) ?? endpoints[edge.to] ?? nobody;
    return wireEdge(topology, edge, { listen: take(), upstream });
  });
  return addressBook({ topology, toxiproxy, listeners, edges });
}
