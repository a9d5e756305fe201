import type { Edge, Tier, TopologyRecord } from '../../topology.ts';

const DATACENTERS = ['us-east', 'us-west'];
const WEB_SERVERS = ['web-1', 'web-2'];

type Node = TopologyRecord['nodes'][number];

/** Two small datacenters with a name server and a Prometheus: enough for every check to find what it looks for. */
export function buildTopology(): TopologyRecord {
  const nodes: Node[] = [
    node('geodns', 'edge', 'dns', { dns: 'dns' }),
    ...DATACENTERS.flatMap((zone) => [
      node('lb', zone, 'load-balancer', { http: 'http' }),
      ...WEB_SERVERS.map((name) => node(name, zone, 'web', { http: 'http' })),
      { ...node('db', zone, 'database', { sql: 'postgres' }), role: zone === 'us-west' ? 'primary' : 'standby' },
    ]),
    node('prometheus', 'monitoring', 'monitoring', { api: 'http' }),
  ];
  return {
    name: 'two-datacenters',
    title: 'Two datacenters',
    zones: [
      ...DATACENTERS.map((name) => ({ name, kind: 'datacenter' as const })),
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
    edges: [...DATACENTERS.flatMap(clientEdges), ...DATACENTERS.flatMap(datacenterEdges)],
  };
}

function node(part: string, zone: string, tier: Tier, ports: Node['ports']): Node {
  return { name: `${part}.${zone}`, tier, host: `${part}-host.${zone}`, zone, ports };
}

function clientEdges(region: string): Edge[] {
  const from = `clients.${region}`;
  return [
    { from, to: 'geodns.edge', port: 'dns', plane: 'data' },
    ...DATACENTERS.map((zone): Edge => ({ from, to: `lb.${zone}`, port: 'http', plane: 'data' })),
  ];
}

function datacenterEdges(zone: string): Edge[] {
  const peer = zone === 'us-east' ? 'us-west' : 'us-east';
  return [
    ...WEB_SERVERS.flatMap((name): Edge[] => [
      { from: `lb.${zone}`, to: `${name}.${zone}`, port: 'http', plane: 'data' },
      { from: `${name}.${zone}`, to: 'collector', port: 'otlp', plane: 'telemetry' },
    ]),
    { from: `lb.${zone}`, to: `db.${zone}`, port: 'sql', plane: 'data' },
    { from: `db.${zone}`, to: `db.${peer}`, port: 'sql', plane: 'data' },
  ];
}
