import { type Edge, formatAddress, type NodeDefinition } from '../../../harness/model/topology.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

export interface WebServerOptions {
  name: string;
  zone: string;
  mutant?: string | undefined;
}

/** A web server of the photo site: HTML for browsers, JSON for mobile clients. */
export function webServer({ name, zone, mutant }: WebServerOptions): NodeDefinition {
  return {
    name,
    tier: 'web',
    host: `${name.split('.')[0]}-host.${zone}`,
    zone,
    ports: { http: 'http' },
    metrics: { port: 'http', path: '/metrics' },
    readiness: { kind: 'http', port: 'http', path: '/healthz' },
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'web'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        WEB_LISTEN: formatAddress(wiring.listen('http')),
        CACHE: formatAddress(wiring.to(`cache.${zone}`, 'redis')),
        SQL_WRITE: formatAddress(wiring.to(`lb.${zone}`, 'sql-write')),
        SQL_READ: formatAddress(wiring.to(`lb.${zone}`, 'sql-read')),
      },
      files: {},
    }),
  };
}

/** Every connection that a web server makes. */
export function webServerEdges({ name, zone }: WebServerOptions): Edge[] {
  return [
    { from: name, to: `cache.${zone}`, port: 'redis', plane: 'data' },
    { from: name, to: `lb.${zone}`, port: 'sql-write', plane: 'data' },
    { from: name, to: `lb.${zone}`, port: 'sql-read', plane: 'data' },
    telemetryEdge(name),
  ];
}
