import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { Edge, Host, NodeDefinition, Topology, Zone } from '../../../harness/model/topology.ts';
import { CLIENT_SUBNETS, ENTRY_ADDRESSES } from '../addresses.ts';
import { cache } from '../parts/cache.ts';
import { coordinator, coordinatorEdges } from '../parts/coordinator.ts';
import { type DatabaseOptions, database, databaseEdges } from '../parts/database.ts';
import { geoDns, geoDnsEdges } from '../parts/geodns.ts';
import { loadBalancer, loadBalancerEdges } from '../parts/load-balancer.ts';
import { prometheus, prometheusEdges } from '../parts/prometheus.ts';
import { webServer, webServerEdges } from '../parts/web-server.ts';

const DATACENTERS = ['us-east', 'us-west'] as const;
const COORDINATOR_ZONES = ['us-east', 'us-west', 'witness'];
const WEB_SERVERS = ['web-1', 'web-2'];

const ZONES: Zone[] = [
  { name: 'us-east', kind: 'datacenter' },
  { name: 'us-west', kind: 'datacenter' },
  { name: 'witness', kind: 'witness' },
  { name: 'edge', kind: 'edge' },
  { name: 'clients', kind: 'clients' },
  { name: 'monitoring', kind: 'monitoring' },
];

/**
 * Two data centers behind a geoDNS. The primary database starts in us-west and its synchronous standby in us-east; a
 * coordinator in each and one in a witness zone hold the lease that decides who may be primary.
 */
export function dataCenters({ parameters, mutant }: TargetOptions): Topology {
  const webServers = DATACENTERS.flatMap((zone) =>
    WEB_SERVERS.map((name) => ({ name: `${name}.${zone}`, zone, mutant })),
  );
  const loadBalancers = DATACENTERS.map((zone) => ({
    zone,
    webServers: webServers.filter((server) => server.zone === zone).map((server) => server.name),
    databases: DATACENTERS.map((datacenter) => `db.${datacenter}`),
    // With stickiness the mutant shows nothing until a web server is gone, as in real life.
    stickySessions: mutant === 'sessions-in-memory',
  }));
  const databases = DATACENTERS.map(
    (zone): DatabaseOptions => ({
      zone,
      peerZone: zone === 'us-east' ? 'us-west' : 'us-east',
      role: zone === 'us-west' ? 'primary' : 'standby',
      durability: String(parameters.durability ?? 'sync'),
      coordinatorZones: COORDINATOR_ZONES,
      mutant,
    }),
  );
  const names = {
    zone: 'edge',
    datacenters: DATACENTERS,
    addresses: ENTRY_ADDRESSES,
    subnets: CLIENT_SUBNETS,
    sharePercent: Number(parameters.shareEast ?? 50),
    mutant,
  };
  const serving: NodeDefinition[] = [
    geoDns(names),
    ...loadBalancers.map(loadBalancer),
    ...webServers.map(webServer),
    ...DATACENTERS.map(cache),
    ...databases.map(database),
    ...COORDINATOR_ZONES.map((zone) => coordinator(zone, COORDINATOR_ZONES)),
  ];
  const nodes = [...serving, prometheus('monitoring', serving)];
  return {
    name: 'stage-7',
    title: 'Photo sharing in two data centers',
    zones: ZONES,
    hosts: hostsOf(nodes),
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
      ...geoDnsEdges(names),
      ...loadBalancers.flatMap(loadBalancerEdges),
      ...webServers.flatMap(webServerEdges),
      ...databases.flatMap(databaseEdges),
      ...coordinatorEdges(COORDINATOR_ZONES),
      ...prometheusEdges('monitoring', serving),
    ],
  };
}

function clientEdges(region: string): Edge[] {
  const from = `clients.${region}`;
  return [
    { from, to: 'geodns.edge', port: 'dns', plane: 'data' },
    ...DATACENTERS.map((zone): Edge => ({ from, to: `lb.${zone}`, port: 'http', plane: 'data' })),
  ];
}

function hostsOf(nodes: readonly NodeDefinition[]): Host[] {
  return nodes.map(({ host, zone }) => ({ name: host, zone }));
}
