import { type Edge, formatAddress, type NodeDefinition, startsWithTarget } from '../../../harness/model/topology.ts';
import { namedAddresses, serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';
import type { WebServerOptions } from './web-server.ts';

export interface AutoscalerOptions {
  zone: string;
  host: string;
  /** Of its zone: how many there are at most. Those that come up with the target are the least. */
  webServers: readonly Pick<WebServerOptions, 'name' | 'start'>[];
  mutant?: string | undefined;
}

/** Watches how busy the web servers of its zone are, and has the cloud start and stop those that start on request. */
export function autoscaler(options: AutoscalerOptions): NodeDefinition {
  const { zone, host, webServers, mutant } = options;
  const least = webServers.filter(startsWithTarget).length;
  return {
    name: `autoscaler.${zone}`,
    tier: 'scaling',
    host,
    zone,
    ports: { http: 'http' },
    metrics: { port: 'http', path: '/metrics' },
    readiness: { kind: 'http', port: 'http', path: '/healthz' },
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'autoscaler'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        AUTOSCALER_LISTEN: formatAddress(wiring.listen('http')),
        CLOUD: formatAddress(wiring.to('cloud', 'api')),
        WEB_SERVERS: namedAddresses(
          wiring,
          webServers.map(({ name }) => name),
          'http',
        ),
        WEB_SERVERS_LEAST: String(least),
        WEB_SERVERS_MOST: String(webServers.length),
      },
      files: {},
    }),
  };
}

/** What it asks the web servers, what it asks of the cloud, and its own spans. */
export function autoscalerEdges({ zone, webServers }: AutoscalerOptions): Edge[] {
  const from = `autoscaler.${zone}`;
  return [
    ...webServers.map(({ name: to }): Edge => ({ from, to, port: 'http', plane: 'control' })),
    { from, to: 'cloud', port: 'api', plane: 'control' },
    telemetryEdge(from),
  ];
}
