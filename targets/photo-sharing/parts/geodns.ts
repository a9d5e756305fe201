import { type Edge, formatAddress, type NodeDefinition } from '../../../harness/model/topology.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

export interface GeoDnsOptions {
  zone: string;
  datacenters: readonly string[];
  /** The node that answers for each datacenter. */
  entries: Readonly<Record<string, string>>;
  /** Answered address of each datacenter. */
  addresses: Readonly<Record<string, string>>;
  /** Client subnet of each region. */
  subnets: Readonly<Record<string, string>>;
  /** Per cent of all client subnets that are sent to the first datacenter. */
  sharePercent: number;
  /** Other names, each with the one address that everybody is answered. */
  hosts: Readonly<Record<string, string>>;
  mutant?: string | undefined;
}

const pairs = (values: Readonly<Record<string, string>>, names: readonly string[]) =>
  names.map((name) => `${name}=${values[name]}`).join(',');

/** The name server that sends each client subnet to a healthy datacenter. */
export function geoDns(options: GeoDnsOptions): NodeDefinition {
  const { zone, datacenters, entries, addresses, subnets, sharePercent, hosts, mutant } = options;
  return {
    name: `geodns.${zone}`,
    tier: 'dns',
    host: `geodns-host.${zone}`,
    zone,
    ports: { dns: 'dns', metrics: 'http' },
    metrics: { port: 'metrics', path: '/metrics' },
    readiness: { kind: 'http', port: 'metrics', path: '/healthz' },
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'geodns'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        DNS_LISTEN: formatAddress(wiring.listen('dns')),
        METRICS_LISTEN: formatAddress(wiring.listen('metrics')),
        DATACENTERS: pairs(addresses, datacenters),
        REGIONS: pairs(subnets, Object.keys(subnets)),
        SHARE_EAST: String(sharePercent),
        ...(Object.keys(hosts).length === 0 ? {} : { HOSTS: pairs(hosts, Object.keys(hosts)) }),
        ...Object.fromEntries(
          datacenters.map((datacenter) => [
            `HEALTH_${datacenter.replaceAll('-', '_')}`,
            formatAddress(wiring.to(entries[datacenter]!, 'http')),
          ]),
        ),
      },
      files: {},
    }),
  };
}

/** Health checks of each datacenter, and the server's own spans. */
export function geoDnsEdges({ zone, datacenters, entries }: GeoDnsOptions): Edge[] {
  const from = `geodns.${zone}`;
  return [
    ...datacenters.map((datacenter): Edge => ({ from, to: entries[datacenter]!, port: 'http', plane: 'health' })),
    telemetryEdge(from),
  ];
}
