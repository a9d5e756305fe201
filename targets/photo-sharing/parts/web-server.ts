import { type Edge, formatAddress, type NodeDefinition, type Wiring } from '../../../harness/model/topology.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

export interface WebServerOptions {
  name: string;
  zone: string;
  host: string;
  /** Where it reads and writes: a database, or whatever knows which one may serve. */
  sqlRead: Port;
  sqlWrite: Port;
  /** One-way, on its way to the databases. */
  sqlLatencyMs: number;
  /** The caches of its zone, and those of other zones, which only hear of what has changed. */
  caches: readonly string[];
  cachesElsewhere: readonly string[];
  /** Whether what people look at comes from the database each time, or through the cache. */
  content: 'database' | 'cache';
  /** Where sessions live; in its own memory they are lost with it. */
  sessions: 'memory' | 'database';
  mutant?: string | undefined;
}

interface Port {
  node: string;
  port: string;
}

/** A web server of the photo site: HTML for browsers, JSON for mobile clients. */
export function webServer(options: WebServerOptions): NodeDefinition {
  const { name, zone, host, sqlRead, sqlWrite, caches, cachesElsewhere, content, sessions, mutant } = options;
  return {
    name,
    tier: 'web',
    host,
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
        CACHES: named(wiring, caches),
        CACHES_ELSEWHERE: named(wiring, cachesElsewhere),
        SQL_WRITE: formatAddress(wiring.to(sqlWrite.node, sqlWrite.port)),
        SQL_READ: formatAddress(wiring.to(sqlRead.node, sqlRead.port)),
        CONTENT: content,
        SESSIONS: sessions,
      },
      files: {},
    }),
  };
}

/** `cache-1.us-west=127.0.0.1:10201,cache-2.us-west=127.0.0.1:10202` */
function named(wiring: Wiring, caches: readonly string[]): string {
  return caches.map((cache) => `${cache}=${formatAddress(wiring.to(cache, 'redis'))}`).join(',');
}

/** Every connection that a web server makes. */
export function webServerEdges(options: WebServerOptions): Edge[] {
  const { name: from, sqlRead, sqlWrite, caches, cachesElsewhere, sqlLatencyMs } = options;
  const isOne = sqlRead.node === sqlWrite.node && sqlRead.port === sqlWrite.port;
  const sql = isOne ? [sqlWrite] : [sqlWrite, sqlRead];
  const latency = sqlLatencyMs === 0 ? {} : { latencyMs: sqlLatencyMs };
  return [
    ...[...caches, ...cachesElsewhere].map((to): Edge => ({ from, to, port: 'redis', plane: 'data' })),
    ...sql.map(({ node, port }): Edge => ({ from, to: node, port, plane: 'data', ...latency })),
    telemetryEdge(from),
  ];
}
