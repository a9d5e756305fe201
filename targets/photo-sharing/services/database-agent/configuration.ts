import type { Address } from '../environment.ts';
import type { Peer } from './settings.ts';

/** What PostgreSQL's configuration depends on. */
export interface Configuration {
  node: string;
  listen: Address;
  peer: Peer | undefined;
  epoch: number;
  /** Commits wait for the standby. */
  synchronous: boolean;
  /** The application may write; until then even a promoted PostgreSQL refuses. */
  writable: boolean;
}

/** The value of synchronous_standby_names: empty lets commits go without the standby. */
export function synchronousNames({ synchronous, peer }: Pick<Configuration, 'synchronous' | 'peer'>): string {
  return synchronous && peer !== undefined ? `"${peer.name}"` : '';
}

/** postgresql.conf, whole. Times follow the lease: a silent peer is noticed within seconds. */
export function renderConfiguration(configuration: Configuration): string {
  const { node, listen, peer, epoch, writable } = configuration;
  const settings: Record<string, string> = {
    listen_addresses: listen.host,
    port: String(listen.port),
    unix_socket_directories: '',
    cluster_name: node,
    'faultline.epoch': String(epoch),
    default_transaction_read_only: writable ? 'off' : 'on',
    synchronous_standby_names: synchronousNames(configuration),
    synchronous_commit: 'on',
    ...(peer === undefined ? {} : { primary_conninfo: connectionTo(peer, node) }),
    max_connections: '200',
    shared_buffers: '32MB',
    wal_level: 'replica',
    // pg_rewind needs it to find the pages that changed after the histories parted.
    wal_log_hints: 'on',
    // A standby or a rewind that comes back after an outage finds the log it needs.
    wal_keep_size: '256MB',
    max_wal_senders: '8',
    hot_standby: 'on',
    // Reads at the standby do not hold back vacuum at the primary, and a slow one does not hold back replay for long.
    max_standby_streaming_delay: '2s',
    wal_sender_timeout: '4s',
    wal_receiver_timeout: '4s',
    wal_receiver_status_interval: '1s',
    wal_retrieve_retry_interval: '200ms',
    // A client that is cut off does not hold its locks for long.
    tcp_keepalives_idle: '5',
    tcp_keepalives_interval: '2',
    tcp_keepalives_count: '3',
    idle_in_transaction_session_timeout: '10s',
    log_line_prefix: '%m [%p] ',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    autovacuum_naptime: '60s',
    // Their workers' start-up counts on a small machine, and nothing here runs parallel queries.
    max_logical_replication_workers: '0',
    max_parallel_workers: '0',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('');
}

function connectionTo({ sql: { host, port } }: Peer, node: string): string {
  return `host=${host} port=${port} user=replicator application_name=${node} connect_timeout=2`;
}

/**
 * pg_hba.conf: only from loopback and private networks, and the application only when let in. The password goes as it is:
 * SCRAM would take two round trips more, which the standby and the web servers would wait for across a slow edge.
 */
export function renderAdmission({ letIn, password }: { letIn: boolean; password: string | undefined }): string {
  const known = password === undefined ? 'trust' : 'password';
  const application = letIn ? known : 'reject';
  return [...PRIVATE_NETWORKS]
    .flatMap((network) => [
      `host photos photos ${network} ${application}`,
      `host all postgres ${network} ${known}`,
      `host replication replicator ${network} ${known}`,
    ])
    .map((line) => `${line}\n`)
    .join('');
}

const PRIVATE_NETWORKS = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7'];
