import type { Target } from '../../../model/experiment.ts';
import type { Topology } from '../../../model/topology.ts';
import { assignContainerAddresses, type ContainerAddresses, HARNESS_NETWORK } from '../container-addresses.ts';
import { latestTag } from '../image/images.ts';
import { type Subnet, subnetFrom } from '../subnets.ts';
import { type ComposePart, composeFileText } from './compose-file.ts';
import { describeEntrance, type Entrance, entrances } from './entrances.ts';
import { COMPOSE_FOLDER } from './mount.ts';
import { nodePart } from './node-service.ts';
import {
  GRAFANA_PORT,
  JAEGER_PORT,
  jaegerCollector,
  OBSERVABILITY_PROFILE,
  observabilityPart,
} from './observability.ts';
import { toxiproxyPart } from './toxiproxy-service.ts';

export const COMPOSE_FILE = 'docker-compose.yml';

export type ComposeTarget = Pick<Target, 'topology' | 'image' | 'sources' | 'dashboard'>;

/** What may have to differ where two of them are up at once. */
export interface ComposeOptions {
  /** Default: the name of the newest image. */
  readonly imageTag?: string;
  /** The first address of the n-th network; default `10.199.n.0`, outside of what the Docker driver takes. */
  readonly subnetStart?: (n: number) => string;
  /** The port of this machine to take instead of the usual one; default that one. */
  readonly publishedPort?: (usual: number) => number;
}

const API_PORT = 8474;

/**
 * A target as a Compose file with the configuration files that its services mount, by path relative to the Compose file.
 * As with the Docker driver each zone is an internal network, and the Toxiproxy server the only one that is in all of
 * them; but its addresses are fixed, and what a person wants to open is published on 127.0.0.1.
 */
export function composeFiles(target: ComposeTarget, options: ComposeOptions = {}): ReadonlyMap<string, string> {
  const {
    imageTag = latestTag(target.image.name),
    subnetStart = (n) => `10.199.${n}.0`,
    publishedPort = (usual) => usual,
  } = options;
  const topology = target.topology({ parameters: {} });
  const networks = [HARNESS_NETWORK, ...topology.zones.map(({ name }) => name)];
  const subnets = new Map(networks.map((name, n) => [name, subnetFrom(subnetStart(n))]));
  const collector = topology.endpoints.find(({ tier }) => tier === 'telemetry');
  const collectorZone = collector?.zone;
  const endpoints = collector === undefined ? {} : { [collector.name]: jaegerCollector(subnets.get(collector.zone)!) };
  const addresses = assignContainerAddresses(topology, subnets, endpoints);
  const image = { tag: imageTag, definition: target.image };
  const opened = entrances(topology, addresses, publishedPort);
  const parts = [
    toxiproxyPart({ image, addresses, entrances: opened, apiPort: publishedPort(API_PORT) }),
    ...topology.nodes.map((node) => nodePart(node, { image, sources: target.sources, addresses })),
    ...observability(target, { topology, addresses, subnets, collectorZone, publishedPort }),
  ];
  const services = Object.assign({}, ...parts.map((part) => part.services));
  const file = { services, networks: networksOf(subnets) };
  return new Map([
    [COMPOSE_FILE, composeFileText(file, header(topology, imageTag, opened, publishedPort))],
    ...parts.flatMap(({ files }) => [...files]),
  ]);
}

/** Only the network of the harness leads to this machine. */
function networksOf(subnets: ReadonlyMap<string, Subnet>) {
  return Object.fromEntries(
    [...subnets].map(([name, { cidr }]) => [
      name,
      { internal: name !== HARNESS_NETWORK, ipam: { config: [{ subnet: cidr }] as const } },
    ]),
  );
}

/** Nothing for a target that has no dashboard. */
function observability(
  { dashboard }: ComposeTarget,
  surroundings: {
    topology: Topology;
    addresses: ContainerAddresses;
    subnets: ReadonlyMap<string, Subnet>;
    collectorZone: string | undefined;
    publishedPort: (usual: number) => number;
  },
): ComposePart[] {
  const { topology, addresses, subnets, collectorZone, publishedPort } = surroundings;
  const prometheus = topology.nodes.find(({ tier }) => tier === 'monitoring');
  const port = Object.keys(prometheus?.ports ?? {})[0];
  if (dashboard === undefined || prometheus === undefined || port === undefined || collectorZone === undefined)
    return [];
  const { name, zone } = prometheus;
  return [
    observabilityPart({
      dashboard,
      prometheus: { zone, api: addresses.listen(name, port) },
      ...{ collectorZone, subnets, publishedPort },
    }),
  ];
}

function header(
  { title }: Topology,
  imageTag: string,
  opened: readonly Entrance[],
  publishedPort: (usual: number) => number,
): string[] {
  const page = (usual: number, name: string) => `  ${`http://127.0.0.1:${publishedPort(usual)}/`.padEnd(24)} ${name}`;
  return [
    `${title}, with a proxy for every edge. Generated from the topology by "npm run compose", which also`,
    `writes the folder ${COMPOSE_FOLDER}/. Changes made here are lost, and a test finds them.`,
    '',
    `  npm run image && docker compose up       builds ${imageTag} first`,
    '  docker compose down --volumes            removes it all, with its data',
    '',
    `"docker compose --profile ${OBSERVABILITY_PROFILE} up" (and "down") adds Grafana and Jaeger, whose images it pulls.`,
    '',
    'On this machine, and for nobody else:',
    '',
    ...opened.map((entrance) => `  ${describeEntrance(entrance)}`),
    page(API_PORT, 'Toxiproxy: /proxies lists the edges by name'),
    page(GRAFANA_PORT, `Grafana, with the profile ${OBSERVABILITY_PROFILE}`),
    page(JAEGER_PORT, `Jaeger, with the profile ${OBSERVABILITY_PROFILE}`),
  ];
}
