/**
 * A target as data: zones hold hosts, hosts hold nodes, and every connection between two nodes is a directed edge
 * with a proxy of its own. Drivers turn it into a running system, faults select from it, the report draws it.
 */
export interface Topology {
  /** The target's name as users type it: `stage-7`. */
  readonly name: string;
  readonly title: string;
  readonly zones: readonly Zone[];
  readonly hosts: readonly Host[];
  readonly nodes: readonly NodeDefinition[];
  /** Ends of edges that are no nodes: groups of clients, and the harness's own collector. */
  readonly endpoints: readonly Endpoint[];
  readonly edges: readonly Edge[];
}

export type ZoneKind = 'datacenter' | 'witness' | 'edge' | 'clients' | 'monitoring';

export interface Zone {
  readonly name: string;
  readonly kind: ZoneKind;
}

/** A failure domain: what dies together. */
export interface Host {
  readonly name: string;
  readonly zone: string;
}

export const TIERS = [
  'load-balancer',
  'web',
  'scaling',
  'cache',
  'database',
  'coordination',
  'dns',
  'cdn',
  'monitoring',
  'clients',
  'telemetry',
] as const;
export type Tier = (typeof TIERS)[number];

/** What is spoken on a port; a probe across an edge asks a question in this protocol. */
export type Protocol = 'http' | 'postgres' | 'redis' | 'nats' | 'dns';

export interface NodeDefinition {
  /** `web-1.us-east`: unique, and what people type in selectors. */
  readonly name: string;
  readonly tier: Tier;
  readonly host: string;
  readonly zone: string;
  /** The role at bring-up, where the tier has roles: `primary`, `standby`. */
  readonly role?: string;
  readonly ports: Readonly<Record<string, Protocol>>;
  /** What to run, once the driver knows the addresses. Pure. */
  readonly program: (wiring: Wiring) => Program;
  readonly readiness: Readiness;
  /** `request`: it is wired like every other node, but runs only while somebody wants it to. Default `target`: it comes up with the rest. */
  readonly start?: 'target' | 'request';
  /** What it may use at most; only where the driver can enforce it, which refuses it otherwise. */
  readonly limits?: NodeLimits;
  /** Where Prometheus scrapes this node; left out when it has no metrics. */
  readonly metrics?: { readonly port: string; readonly path: string };
}

export interface NodeLimits {
  /** Processors' worth of time: 0.5 is half of one. */
  readonly cpus?: number;
  /** Beyond it the kernel ends the node's greediest process. */
  readonly memoryMebibytes?: number;
}

export interface Endpoint {
  readonly name: string;
  readonly tier: Tier;
  readonly zone: string;
  /** Ports that the harness listens on for the target; empty for clients. */
  readonly ports: Readonly<Record<string, Protocol>>;
}

/** `telemetry` edges are spared by zone partitions unless asked. */
export const PLANES = ['data', 'control', 'health', 'telemetry'] as const;
export type Plane = (typeof PLANES)[number];

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly port: string;
  readonly plane: Plane;
  /** One-way delay of the link in normal operation, for both directions; default 0. */
  readonly latencyMs?: number;
}

/** How a node reaches the others: every address in it is the listener of an edge. */
export interface Wiring {
  readonly runId: string;
  readonly node: NodeDefinition;
  /** The node's own directory, as its program sees it. Absolute. */
  readonly directory: string;
  /** The folder of the target's sources, as its program sees it. Absolute. */
  readonly sources: string;
  /** Where this node listens itself. */
  listen(port: string): Address;
  /** Where this node dials to reach a port of another one. Throws when the topology has no such edge. */
  to(node: string, port: string): Address;
  /** Finds a server program: `postgres` -> its absolute path. */
  executable(program: string): string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Program {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Config files, by path relative to the node's directory. */
  readonly files: Readonly<Record<string, string>>;
}

/** When a node counts as up. The limit is one for the whole bring-up. */
export type Readiness =
  | { readonly kind: 'tcp'; readonly port: string }
  | { readonly kind: 'http'; readonly port: string; readonly path: string; readonly bodyIncludes?: string };

/** Whether a node comes up with the target; the others run only while somebody wants them to. */
export function startsWithTarget({ start = 'target' }: Pick<NodeDefinition, 'start'>): boolean {
  return start === 'target';
}

export function formatAddress({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** `web-1.us-east->lb.us-east:sql-write`: the proxy's name, and the edge's in every report. */
export function edgeName({ from, to, port }: Pick<Edge, 'from' | 'to' | 'port'>): string {
  return `${from}->${to}:${port}`;
}

/** Anything that lists nodes and endpoints with their zones. */
interface Zoned {
  readonly nodes: readonly { readonly name: string; readonly zone: string }[];
  readonly endpoints: readonly { readonly name: string; readonly zone: string }[];
}

/** The zone of a node or an endpoint. */
export function zoneOf(topology: Zoned, name: string): string | undefined {
  return (
    topology.nodes.find((node) => node.name === name)?.zone ??
    topology.endpoints.find((endpoint) => endpoint.name === name)?.zone
  );
}

/** Anything that lists nodes and endpoints with their ports. */
interface Listening {
  readonly nodes: readonly { readonly name: string; readonly ports: Readonly<Record<string, Protocol>> }[];
  readonly endpoints: readonly { readonly name: string; readonly ports: Readonly<Record<string, Protocol>> }[];
}

/** The port on which a node speaks a protocol; undefined when it has none. */
export function portSpeaking(
  { nodes }: Pick<Listening, 'nodes'>,
  node: string,
  protocol: Protocol,
): string | undefined {
  const ports = nodes.find(({ name }) => name === node)?.ports ?? {};
  return Object.keys(ports).find((port) => ports[port] === protocol);
}

/** The protocol spoken across an edge. */
export function protocolOf(topology: Listening, edge: Edge): Protocol {
  const end =
    topology.nodes.find((node) => node.name === edge.to) ??
    topology.endpoints.find((endpoint) => endpoint.name === edge.to);
  const protocol = end?.ports[edge.port];
  if (protocol === undefined) throw new Error(`${edgeName(edge)} leads to a port that does not exist`);
  return protocol;
}

/** Just the facts of a topology, as they are written into the run record: no functions. */
export interface TopologyRecord {
  readonly name: string;
  readonly title: string;
  readonly zones: readonly Zone[];
  readonly hosts: readonly Host[];
  readonly nodes: readonly (Pick<NodeDefinition, 'name' | 'tier' | 'host' | 'zone' | 'ports' | 'start'> & {
    role?: string;
  })[];
  readonly endpoints: readonly Endpoint[];
  readonly edges: readonly Edge[];
}

export function recordTopology(topology: Topology): TopologyRecord {
  const { name, title, zones, hosts, endpoints, edges } = topology;
  const nodes = topology.nodes.map(({ name, tier, host, zone, ports, role, start }) => ({
    name,
    tier,
    host,
    zone,
    ports,
    ...(role === undefined ? {} : { role }),
    ...(start === 'request' ? { start } : {}),
  }));
  return { name, title, zones, hosts, nodes, endpoints, edges };
}
