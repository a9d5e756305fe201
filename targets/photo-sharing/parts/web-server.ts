import { type Edge, formatAddress, type NodeDefinition } from '../../../harness/model/topology.ts';
import { admission } from './admission.ts';
import { namedAddresses, serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

export interface WebServerOptions {
  name: string;
  zone: string;
  host: string;
  /** Where it reads and writes: a database, or whatever knows which one may serve. */
  sqlRead: Port;
  sqlWrite: Port;
  /** Whether what people look at comes from the database each time, or through the cache. */
  content: 'database' | 'cache';
  /** Where sessions live; in its own memory they are lost with it. */
  sessions: 'memory' | 'database';
  /** The name of the content delivery network; left out: all assets come from the site. */
  cdn?: string;
  /** Requests of users that it works on at one time; it refuses more. */
  inFlightMax: number;
  /** It refuses users who do not come through the load balancer of its zone. Default: there is none. */
  behindLoadBalancer?: boolean;
  /** One-way delay of its connections to the database, and to the caches of its zone. */
  databaseLatencyMs?: number;
  cacheLatencyMs?: number;
  /** Left out: it comes up with the target. */
  start?: 'request';
  mutant?: string | undefined;
}

export interface CachesAround {
  /** Of its zone. */
  caches: readonly string[];
  /** Of other zones: they only hear of what has changed. */
  cachesElsewhere: readonly string[];
}

interface Port {
  node: string;
  port: string;
}

/** A web server of the photo site: HTML for browsers, JSON for mobile clients. */
export function webServer(options: WebServerOptions & CachesAround): NodeDefinition {
  const { name, zone, host, sqlRead, sqlWrite, caches, cachesElsewhere, content, sessions, cdn, mutant } = options;
  const { inFlightMax, start, behindLoadBalancer = false } = options;
  return {
    name,
    tier: 'web',
    host,
    zone,
    ports: { http: 'http' },
    metrics: { port: 'http', path: '/metrics' },
    readiness: { kind: 'http', port: 'http', path: '/healthz' },
    ...(start === undefined ? {} : { start }),
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'web'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        WEB_LISTEN: formatAddress(wiring.listen('http')),
        CACHES: namedAddresses(wiring, caches, 'redis'),
        CACHES_ELSEWHERE: namedAddresses(wiring, cachesElsewhere, 'redis'),
        SQL_WRITE: formatAddress(wiring.to(sqlWrite.node, sqlWrite.port)),
        SQL_READ: formatAddress(wiring.to(sqlRead.node, sqlRead.port)),
        PGPASSWORD: admission(wiring),
        CONTENT: content,
        SESSIONS: sessions,
        ...(cdn === undefined ? {} : { CDN: cdn }),
        MAX_IN_FLIGHT: String(inFlightMax),
        ...(behindLoadBalancer && { ENTRY_TOKEN: admission(wiring) }),
      },
      files: {},
    }),
  };
}

/** Every connection that a web server makes. */
export function webServerEdges(options: WebServerOptions & CachesAround): Edge[] {
  const { name: from, sqlRead, sqlWrite, caches, cachesElsewhere, databaseLatencyMs, cacheLatencyMs } = options;
  const isOne = sqlRead.node === sqlWrite.node && sqlRead.port === sqlWrite.port;
  const sql = isOne ? [sqlWrite] : [sqlWrite, sqlRead];
  return [
    ...caches.map((to): Edge => ({ from, to, port: 'redis', plane: 'data', ...latency(cacheLatencyMs) })),
    ...cachesElsewhere.map((to): Edge => ({ from, to, port: 'redis', plane: 'data' })),
    ...sql.map(({ node, port }): Edge => ({ from, to: node, port, plane: 'data', ...latency(databaseLatencyMs) })),
    telemetryEdge(from),
  ];
}

function latency(latencyMs = 0): Pick<Edge, 'latencyMs'> {
  return latencyMs === 0 ? {} : { latencyMs };
}
