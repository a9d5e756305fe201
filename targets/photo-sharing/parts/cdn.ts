import { type Edge, formatAddress, type NodeDefinition } from '../../../harness/model/topology.ts';
import { CONFIGURATION_FILE, renderConfiguration } from '../services/cdn/configuration.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

/** Copies of what never changes could be kept for a year; these are short, so that a run of minutes sees them expire. */
export const CDN_TTL_S = 10;

export interface CdnOptions {
  zone: string;
  host: string;
  /** The site's own name, under which the origin has the assets. */
  originName: string;
  /** The nodes that clients enter the site by, nearest first. */
  origins: readonly string[];
  ttlSeconds: number;
  mutant?: string | undefined;
}

/** nginx as the edge of a content delivery network, with the service that counts for it: one node, they die together. */
export function cdn(options: CdnOptions): NodeDefinition {
  const { zone, host, originName, origins, ttlSeconds, mutant } = options;
  return {
    name: `cdn.${zone}`,
    tier: 'cdn',
    host,
    zone,
    ports: { http: 'http', agent: 'http' },
    metrics: { port: 'agent', path: '/metrics' },
    readiness: { kind: 'http', port: 'http', path: '/healthz' },
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'cdn'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        AGENT_LISTEN: formatAddress(wiring.listen('agent')),
        CDN_DIRECTORY: wiring.directory,
        NGINX: wiring.executable('nginx'),
      },
      files: {
        [CONFIGURATION_FILE]: renderConfiguration({
          listen: wiring.listen('http'),
          originName,
          origins: origins.map((origin) => wiring.to(origin, 'http')),
          ttlSeconds,
          staleOnError: mutant !== 'cdn-without-stale',
        }),
      },
    }),
  };
}

/** Every connection that the edge makes. */
export function cdnEdges({ zone, origins }: CdnOptions): Edge[] {
  const from = `cdn.${zone}`;
  return [...origins.map((to): Edge => ({ from, to, port: 'http', plane: 'data' })), telemetryEdge(from)];
}
