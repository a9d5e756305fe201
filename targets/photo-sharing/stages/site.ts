import type { TargetOptions } from '../../../harness/model/experiment.ts';
import type { Edge, Endpoint, NodeDefinition, Topology, Zone } from '../../../harness/model/topology.ts';
import { CDN_ADDRESS, CDN_NAME, CLIENT_SUBNETS, DATACENTER_ADDRESSES, SITE_NAME } from '../addresses.ts';
import { type AutoscalerOptions, autoscaler, autoscalerEdges } from '../parts/autoscaler.ts';
import { type CacheOptions, cache } from '../parts/cache.ts';
import { type CdnOptions, cdn, cdnEdges } from '../parts/cdn.ts';
import { coordinator, coordinatorEdges } from '../parts/coordinator.ts';
import { type DatabaseOptions, database, databaseEdges } from '../parts/database.ts';
import { geoDns, geoDnsEdges } from '../parts/geodns.ts';
import { type LoadBalancerOptions, loadBalancer, loadBalancerEdges } from '../parts/load-balancer.ts';
import { prometheus, prometheusEdges } from '../parts/prometheus.ts';
import { type CachesAround, type WebServerOptions, webServer, webServerEdges } from '../parts/web-server.ts';

/**
 * What the site is made of, before it becomes nodes and edges. Each stage takes the site of the stage before and changes
 * a part of it, so that the ladder reads as a diff.
 */
export interface Site {
  /** `stage-3` */
  readonly name: string;
  readonly title: string;
  /** Where servers stand; the name server, the clients and the monitoring have zones of their own. */
  readonly zones: readonly Zone[];
  /** Where users are sent, in the order of the name server's shares. */
  readonly datacenters: readonly string[];
  /** Per cent of the client subnets that are sent to the first datacenter. */
  readonly sharePercent: number;
  /** At most one for each datacenter; without one, users meet its first web server. */
  readonly loadBalancers: readonly Omit<LoadBalancerOptions, 'webServers'>[];
  readonly webServers: readonly WebServerOptions[];
  /** At most one for each datacenter; without one, the web servers are as many as somebody asked for. */
  readonly autoscalers: readonly Omit<AutoscalerOptions, 'webServers'>[];
  readonly caches: readonly CacheOptions[];
  /** The edges of the content delivery network: at most one. */
  readonly cdns: readonly Omit<CdnOptions, 'origins' | 'originName'>[];
  readonly databases: readonly DatabaseOptions[];
  /** The zones of the coordinators. */
  readonly coordinators: readonly string[];
}

/** How a stage makes its site from what can be set of it. */
export type Stage = (options: TargetOptions) => Site;

const AROUND: readonly Zone[] = [
  { name: 'edge', kind: 'edge' },
  { name: 'clients', kind: 'clients' },
  { name: 'monitoring', kind: 'monitoring' },
];
/** The harness, which alone starts and stops nodes. */
const CLOUD: Endpoint = { name: 'cloud', tier: 'scaling', zone: 'monitoring', ports: { api: 'http' } };
const REGIONS = Object.keys(CLIENT_SUBNETS);

/** The nodes and edges of a stage. */
export function topologyOf(stage: Stage): (options: TargetOptions) => Topology {
  return (options) => topology(stage(options), options.mutant);
}

function topology(site: Site, mutant: string | undefined): Topology {
  const { name, title, zones, datacenters, sharePercent, caches, databases, coordinators } = site;
  const webServers = site.webServers.map((options) => ({ ...options, ...cachesAround(options.zone, caches) }));
  const webServersOf = (zone: string) => webServers.filter((server) => server.zone === zone);
  const loadBalancers = site.loadBalancers.map((options) => ({ ...options, webServers: webServersOf(options.zone) }));
  const autoscalers = site.autoscalers.map((options) => ({ ...options, webServers: webServersOf(options.zone) }));
  const hasBalancer = (zone: string) => loadBalancers.some((options) => options.zone === zone);
  const entryOf = (zone: string) => (hasBalancer(zone) ? `lb.${zone}` : webServersOf(zone)[0]!.name);
  const entries = Object.fromEntries(datacenters.map((zone) => [zone, entryOf(zone)]));
  const cdns = site.cdns.map((options) => ({
    ...options,
    originName: SITE_NAME,
    origins: Object.values(entries),
  }));
  const names = {
    ...{ zone: 'edge', datacenters, entries, sharePercent, mutant },
    ...{ addresses: DATACENTER_ADDRESSES, subnets: CLIENT_SUBNETS },
    hosts: cdns.length === 0 ? {} : { [CDN_NAME]: CDN_ADDRESS },
  };
  const serving: NodeDefinition[] = [
    geoDns(names),
    ...cdns.map(cdn),
    ...loadBalancers.map(loadBalancer),
    ...webServers.map((options) => webServer({ ...options, behindLoadBalancer: hasBalancer(options.zone) })),
    ...autoscalers.map(autoscaler),
    ...caches.map(cache),
    ...databases.map(database),
    ...coordinators.map((zone) => coordinator(zone, coordinators)),
  ];
  const nodes = [...serving, prometheus('monitoring', serving)];
  const hosts = new Map(nodes.map(({ host, zone }) => [host, { name: host, zone }]));
  return {
    name,
    title,
    zones: [...zones, ...AROUND],
    hosts: [...hosts.values()],
    nodes,
    endpoints: [
      { name: 'collector', tier: 'telemetry', zone: 'monitoring', ports: { otlp: 'http' } },
      ...(autoscalers.length === 0 ? [] : [CLOUD]),
      ...REGIONS.map((region) => ({ name: `clients.${region}`, tier: 'clients' as const, zone: 'clients', ports: {} })),
    ],
    edges: [
      ...REGIONS.flatMap((region) =>
        clientEdges(region, [...Object.values(entries), ...cdns.map(({ zone }) => `cdn.${zone}`)]),
      ),
      ...geoDnsEdges(names),
      ...cdns.flatMap(cdnEdges),
      ...loadBalancers.flatMap(loadBalancerEdges),
      ...webServers.flatMap(webServerEdges),
      ...autoscalers.flatMap(autoscalerEdges),
      ...databases.flatMap(databaseEdges),
      ...coordinatorEdges(coordinators),
      ...prometheusEdges('monitoring', serving),
    ],
  };
}

/** By where they are, seen from a zone. */
function cachesAround(zone: string, caches: readonly CacheOptions[]): CachesAround {
  const names = (which: readonly CacheOptions[]) => which.map(({ name }) => name);
  return {
    caches: names(caches.filter((cache) => cache.zone === zone)),
    cachesElsewhere: names(caches.filter((cache) => cache.zone !== zone)),
  };
}

function clientEdges(region: string, entries: readonly string[]): Edge[] {
  const from = `clients.${region}`;
  return [
    { from, to: 'geodns.edge', port: 'dns', plane: 'data' },
    ...entries.map((to): Edge => ({ from, to, port: 'http', plane: 'data' })),
  ];
}
