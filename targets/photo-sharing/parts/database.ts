import { dirname } from 'node:path';
import { type Edge, formatAddress, type NodeDefinition, type Wiring } from '../../../harness/model/topology.ts';
import { admission } from './admission.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

/** With asynchronous replication, a standby that is further behind does not take over. */
export const STANDBY_LAG_LIMIT_MS = 5000;

export interface DatabaseOptions {
  name: string;
  zone: string;
  host: string;
  role: 'primary' | 'standby';
  /** The node that feeds it, or is fed by it; without one there are no coordinators either. */
  peer?: string;
  durability: string;
  /** Nearest first. */
  coordinators: readonly string[];
  mutant?: string | undefined;
}

/** A PostgreSQL with the agent that starts it, promotes it and fences it: one node, they die together. */
export function database(options: DatabaseOptions): NodeDefinition {
  const { name, zone, host, role, durability, mutant } = options;
  return {
    name,
    tier: 'database',
    host,
    zone,
    role,
    ports: { sql: 'postgres', agent: 'http' },
    metrics: { port: 'agent', path: '/metrics' },
    readiness: { kind: 'http', port: 'agent', path: '/state', bodyIncludes: '"ready":true' },
    program: (wiring) => ({
      executable: wiring.executable('node'),
      arguments: serviceArguments(wiring, 'database-agent'),
      environment: {
        ...serviceEnvironment(wiring, mutant),
        DATABASE_DIRECTORY: `${wiring.directory}/data`,
        PGPASSWORD: admission(wiring),
        // Asking for TLS first would take its standby a round trip more.
        PGSSLMODE: 'disable',
        DATABASE_LISTEN: formatAddress(wiring.listen('sql')),
        AGENT_LISTEN: formatAddress(wiring.listen('agent')),
        DATABASE_INITIAL_ROLE: role,
        DATABASE_DURABILITY: durability,
        DATABASE_LAG_LIMIT_MS: String(STANDBY_LAG_LIMIT_MS),
        ...partners(wiring, options),
        DATABASE_SCHEMA: `${wiring.sources}/services/web/schema.sql`,
        POSTGRES_BIN: dirname(wiring.executable('postgres')),
      },
      files: {},
    }),
  };
}

function partners(wiring: Wiring, { peer, coordinators }: DatabaseOptions): Record<string, string> {
  if (peer === undefined) return {};
  return {
    DATABASE_PEER: peer,
    PEER_SQL: formatAddress(wiring.to(peer, 'sql')),
    PEER_AGENT: formatAddress(wiring.to(peer, 'agent')),
    COORDINATORS: coordinators.map((coordinator) => formatAddress(wiring.to(coordinator, 'nats'))).join(','),
  };
}

/** Every connection that a database node makes: replication, its peer's agent, the coordinators. */
export function databaseEdges({ name: from, peer, coordinators, mutant }: DatabaseOptions): Edge[] {
  if (peer === undefined) return [telemetryEdge(from)];
  // The mutant that lies about being in sync shows only where replication really lags.
  const latency = mutant === 'false-in-sync' ? { latencyMs: FALSE_IN_SYNC_LATENCY_MS } : {};
  return [
    { from, to: peer, port: 'sql', plane: 'data', ...latency },
    { from, to: peer, port: 'agent', plane: 'control' },
    ...coordinators.map((to): Edge => ({ from, to, port: 'nats', plane: 'control' })),
    telemetryEdge(from),
  ];
}

const FALSE_IN_SYNC_LATENCY_MS = 250;
