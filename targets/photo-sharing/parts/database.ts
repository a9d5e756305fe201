import { dirname } from 'node:path';
import { type Edge, formatAddress, type NodeDefinition } from '../../../harness/model/topology.ts';
import { serviceArguments, serviceEnvironment, telemetryEdge } from './service.ts';

/** With asynchronous replication, a standby that is further behind does not take over. */
export const STANDBY_LAG_LIMIT_MS = 5000;

export interface DatabaseOptions {
  zone: string;
  peerZone: string;
  role: 'primary' | 'standby';
  durability: string;
  coordinatorZones: readonly string[];
  mutant?: string | undefined;
}

/** A PostgreSQL with the agent that starts it, promotes it and fences it: one node, they die together. */
export function database(options: DatabaseOptions): NodeDefinition {
  const { zone, peerZone, role, durability, coordinatorZones, mutant } = options;
  const nearestFirst = [zone, ...coordinatorZones.filter((other) => other !== zone)];
  return {
    name: `db.${zone}`,
    tier: 'database',
    host: `db-host.${zone}`,
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
        DATABASE_LISTEN: formatAddress(wiring.listen('sql')),
        AGENT_LISTEN: formatAddress(wiring.listen('agent')),
        DATABASE_INITIAL_ROLE: role,
        DATABASE_DURABILITY: durability,
        DATABASE_LAG_LIMIT_MS: String(STANDBY_LAG_LIMIT_MS),
        DATABASE_PEER: `db.${peerZone}`,
        PEER_SQL: formatAddress(wiring.to(`db.${peerZone}`, 'sql')),
        PEER_AGENT: formatAddress(wiring.to(`db.${peerZone}`, 'agent')),
        COORDINATORS: nearestFirst.map((other) => formatAddress(wiring.to(`coordinator.${other}`, 'nats'))).join(','),
        DATABASE_SCHEMA: `${wiring.sources}/services/web/schema.sql`,
        POSTGRES_BIN: dirname(wiring.executable('postgres')),
      },
      files: {},
    }),
  };
}

/** Every connection that a database node makes: replication, its peer's agent, the coordinators. */
export function databaseEdges({ zone, peerZone, coordinatorZones, mutant }: DatabaseOptions): Edge[] {
  const from = `db.${zone}`;
  // The mutant that lies about being in sync shows only where replication really lags.
  const latency = mutant === 'false-in-sync' ? { latencyMs: FALSE_IN_SYNC_LATENCY_MS } : {};
  return [
    { from, to: `db.${peerZone}`, port: 'sql', plane: 'data', ...latency },
    { from, to: `db.${peerZone}`, port: 'agent', plane: 'control' },
    ...coordinatorZones.map((other): Edge => ({ from, to: `coordinator.${other}`, port: 'nats', plane: 'control' })),
    telemetryEdge(from),
  ];
}

const FALSE_IN_SYNC_LATENCY_MS = 250;
