import type { FaultRecord } from '../../model/fault.ts';
import {
  type Edge,
  edgeName,
  type Plane,
  type Protocol,
  type Tier,
  type TopologyRecord,
} from '../../model/topology.ts';

const DATACENTERS = ['us-east', 'us-west'];
const COORDINATORS = [...DATACENTERS, 'witness'];
const WEB_SERVERS = ['web-1', 'web-2'];

type Node = TopologyRecord['nodes'][number];

/** Two datacenters with every tier and every plane: as crowded as the picture in a report gets. */
export function stageSevenTopology(): TopologyRecord {
  const nodes: Node[] = [
    node('geodns', 'edge', 'dns', { dns: 'dns' }),
    ...DATACENTERS.flatMap((zone) => [
      node('lb', zone, 'load-balancer', { http: 'http', 'sql-write': 'postgres', 'sql-read': 'postgres' }),
      ...WEB_SERVERS.map((name) => node(name, zone, 'web', { http: 'http' })),
      node('cache', zone, 'cache', { redis: 'redis' }),
      { ...node('db', zone, 'database', { sql: 'postgres' }), role: zone === 'us-west' ? 'primary' : 'standby' },
    ]),
    ...COORDINATORS.map((zone) => node('coordinator', zone, 'coordination', { nats: 'nats' })),
    node('prometheus', 'monitoring', 'monitoring', { api: 'http' }),
  ];
  return {
    name: 'stage-7',
    title: 'Photo sharing in two data centers',
    zones: [
      ...DATACENTERS.map((name) => ({ name, kind: 'datacenter' as const })),
      { name: 'witness', kind: 'witness' },
      { name: 'edge', kind: 'edge' },
      { name: 'clients', kind: 'clients' },
      { name: 'monitoring', kind: 'monitoring' },
    ],
    hosts: nodes.map(({ host, zone }) => ({ name: host, zone })),
    nodes,
    endpoints: [
      { name: 'collector', tier: 'telemetry', zone: 'monitoring', ports: { otlp: 'http' } },
      ...DATACENTERS.map((region) => ({
        name: `clients.${region}`,
        tier: 'clients' as const,
        zone: 'clients',
        ports: {},
      })),
    ],
    edges: [
      ...DATACENTERS.flatMap(clientEdges),
      ...DATACENTERS.map((zone) => edge('geodns.edge', `lb.${zone}`, 'http', 'health')),
      ...DATACENTERS.flatMap(datacenterEdges),
      ...COORDINATORS.flatMap((zone) =>
        COORDINATORS.filter((other) => other !== zone).map((other) =>
          edge(`coordinator.${zone}`, `coordinator.${other}`, 'route', 'control'),
        ),
      ),
      ...nodes
        .filter(({ tier }) => ['web', 'database', 'load-balancer', 'dns'].includes(tier))
        .map(({ name }) => edge('prometheus.monitoring', name, 'metrics', 'telemetry')),
    ],
  };
}

function node(part: string, zone: string, tier: Tier, ports: Readonly<Record<string, Protocol>>): Node {
  return { name: `${part}.${zone}`, tier, host: `${part}-host.${zone}`, zone, ports };
}

function edge(from: string, to: string, port: string, plane: Plane): Edge {
  return { from, to, port, plane };
}

function clientEdges(region: string): Edge[] {
  const from = `clients.${region}`;
  return [
    edge(from, 'geodns.edge', 'dns', 'data'),
    ...DATACENTERS.map((zone) => edge(from, `lb.${zone}`, 'http', 'data')),
  ];
}

function datacenterEdges(zone: string): Edge[] {
  const peer = zone === 'us-east' ? 'us-west' : 'us-east';
  return [
    ...WEB_SERVERS.flatMap((name) => [
      edge(`lb.${zone}`, `${name}.${zone}`, 'http', 'data'),
      edge(`${name}.${zone}`, `cache.${zone}`, 'redis', 'data'),
      edge(`${name}.${zone}`, `lb.${zone}`, 'sql-write', 'data'),
      edge(`${name}.${zone}`, `lb.${zone}`, 'sql-read', 'data'),
      edge(`${name}.${zone}`, 'collector', 'otlp', 'telemetry'),
    ]),
    ...DATACENTERS.flatMap((other) => [
      edge(`lb.${zone}`, `db.${other}`, 'sql', 'data'),
      edge(`lb.${zone}`, `db.${other}`, 'agent', 'health'),
    ]),
    edge(`db.${zone}`, `db.${peer}`, 'sql', 'data'),
    edge(`db.${zone}`, `db.${peer}`, 'agent', 'control'),
    ...COORDINATORS.map((other) => edge(`db.${zone}`, `coordinator.${other}`, 'nats', 'control')),
  ];
}

/** The same fault in another topology: what it does to the nodes and edges of its zone there. */
export function outageIn(topology: TopologyRecord, zone: string, fault: FaultRecord): FaultRecord {
  const isWithin = (name: string) => name.endsWith(`.${zone}`) && !name.startsWith('clients.');
  const nodes = topology.nodes.map(({ name }) => name).filter(isWithin);
  const edges = topology.edges.filter(({ from, to }) => isWithin(from) || isWithin(to)).map(edgeName);
  const subjects = [...edges, ...nodes];
  const fromMs = fault.injectedFromMs ?? 0;
  const undoneMs = fault.undoneFromMs ?? 0;
  const probes = (probed: readonly string[], silent: boolean, atMs: number) =>
    probed.map((subject) => ({
      subject,
      expectation: silent ? 'a request across the edge finds no answer within 1000 ms' : 'it answers',
      observed: silent ? 'no answer within 1000 ms' : '200 OK',
      status: 'confirmed' as const,
      atMs,
      durationMs: silent ? 1001.2 : 6.4,
    }));
  return {
    ...fault,
    scope: { nodes, edges },
    actions: [
      ...edges.map((subject, index) => ({ atMs: fromMs + index / 8, what: 'cut' as const, subject })),
      ...nodes.map((subject, index) => ({ atMs: fromMs + 14 + index, what: 'killed' as const, subject })),
    ],
    undoActions: [
      ...edges.map((subject, index) => ({ atMs: undoneMs + index / 8, what: 'restored' as const, subject })),
      ...nodes.map((subject, index) => ({ atMs: undoneMs + 14 + index, what: 'started' as const, subject })),
    ],
    attestation: {
      before: probes(nodes, false, fromMs - 200),
      injected: probes(subjects, true, fromMs + 1100),
      undone: probes(nodes, false, undoneMs + 3000),
    },
  };
}
