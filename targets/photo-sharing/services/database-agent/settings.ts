import { type Address, type EnvironmentReader, type Identity, readIdentity } from '../environment.ts';

export type Role = 'primary' | 'standby';
export type Durability = 'sync' | 'async';

/** What the agent is told by its environment. Times are in milliseconds. */
export interface Settings extends Identity {
  directory: string;
  sql: Address;
  http: Address;
  /** Counts only as long as no lease was ever recorded. */
  initialRole: Role;
  durability: Durability;
  /** The node that could take over; a database without one serves alone, and asks no coordinators. */
  peer: Peer | undefined;
  coordinators: Address[];
  /** The coordinator that should lead the lease's bucket: the one whose loss takes no database with it. */
  preferredLeader: string;
  schema: string;
  programs: string;
  /** Of every role, at this node and at its peer; without one whoever reaches PostgreSQL may log in. */
  password: string | undefined;
  lagLimitMs: number;
  times: Times;
}

export interface Peer {
  name: string;
  sql: Address;
  agent: Address;
}

/**
 * The holder stops serving `stepDownMs` after the start of its last successful renewal; a contender waits `leaseMs`
 * after the last change that it saw. The difference is what fencing may take.
 */
export interface Times {
  leaseMs: number;
  stepDownMs: number;
  renewMs: number;
  requestMs: number;
  standbyLostMs: number;
}

export function readSettings(environment: EnvironmentReader): Settings {
  return {
    ...readIdentity(environment),
    directory: environment.text('DATABASE_DIRECTORY'),
    sql: environment.address('DATABASE_LISTEN'),
    http: environment.address('AGENT_LISTEN'),
    initialRole: environment.choice('DATABASE_INITIAL_ROLE', ['primary', 'standby'], 'standby'),
    durability: environment.choice('DATABASE_DURABILITY', ['sync', 'async'], 'sync'),
    ...readPartners(environment),
    preferredLeader: environment.optionalText('LEASE_LEADER') ?? 'coordinator.witness',
    schema: environment.text('DATABASE_SCHEMA'),
    programs: environment.text('POSTGRES_BIN'),
    // Where PostgreSQL's own programs, its standby and its clients look for it by themselves.
    password: environment.optionalText('PGPASSWORD'),
    lagLimitMs: environment.integer('DATABASE_LAG_LIMIT_MS', { standard: 5000, least: 100, most: 3_600_000 }),
    times: readTimes(environment),
  };
}

function readPartners(environment: EnvironmentReader): Pick<Settings, 'peer' | 'coordinators'> {
  const name = environment.optionalText('DATABASE_PEER');
  if (name === undefined) return { peer: undefined, coordinators: [] };
  return {
    peer: { name, sql: environment.address('PEER_SQL'), agent: environment.address('PEER_AGENT') },
    coordinators: environment.addresses('COORDINATORS'),
  };
}

function readTimes(environment: EnvironmentReader): Times {
  const leaseMs = environment.integer('LEASE_MS', { standard: 2500, least: 1000, most: 60_000 });
  const stepDownMs = environment.integer('LEASE_STEP_DOWN_MS', { standard: 1500, least: 300, most: 60_000 });
  if (leaseMs - stepDownMs < FENCING_MS_LEAST) {
    environment.reject('LEASE_STEP_DOWN_MS', `at least ${FENCING_MS_LEAST} less than LEASE_MS (${leaseMs})`, undefined);
  }
  return {
    leaseMs,
    stepDownMs,
    renewMs: environment.integer('LEASE_RENEW_MS', { standard: 400, least: 50, most: stepDownMs }),
    requestMs: environment.integer('LEASE_REQUEST_MS', { standard: 700, least: 50, most: stepDownMs }),
    standbyLostMs: environment.integer('STANDBY_LOST_MS', { standard: 2000, least: 1500, most: 60_000 }),
  };
}

/** Ending PostgreSQL takes tens of milliseconds, or the 300 ms after which it is killed; twice that must fit. */
const FENCING_MS_LEAST = 600;
