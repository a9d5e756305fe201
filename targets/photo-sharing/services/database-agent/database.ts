import pg from 'pg';
import type { Address } from '../environment.ts';

/** What a standby's connection to this primary shows. */
interface StandbyConnection {
  streaming: boolean;
  /** How far the standby has the log on its disk; undefined before its first confirmation. */
  flushed: string | undefined;
  /** Changes with each message of the standby; its clock is never compared with ours. */
  mark: string;
}

export interface PrimaryStatus {
  role: 'primary';
  /** The end of the log on this node's disk. */
  lsn: string;
  standby: StandbyConnection | undefined;
}

interface StandbyStatus {
  role: 'standby';
  /** What is replayed, and so what reads see. */
  lsn: string;
  received: string;
  streaming: boolean;
}

export type DatabaseStatus = PrimaryStatus | StandbyStatus;

/** The agent's own sessions, as superuser, with a limit on every answer. None of its statements waits for a standby. */
export class Database {
  readonly #address: Address;
  #pool: pg.Pool;

  constructor(address: Address) {
    this.#address = address;
    this.#pool = this.#createPool();
  }

  /** @throws when the server does not answer within a second. */
  async status(peer: string | undefined): Promise<DatabaseStatus> {
    const { rows } = await this.#pool.query<StatusRow>(STATUS, [peer ?? '']);
    const [row] = rows;
    if (row === undefined) throw new Error('Expected one row of status, received none');
    if (row.in_recovery) {
      return {
        role: 'standby',
        lsn: row.lsn,
        received: row.received ?? row.lsn,
        streaming: row.receiver === 'streaming',
      };
    }
    const standby = { streaming: row.sender === 'streaming', flushed: row.flushed ?? undefined, mark: row.mark ?? '' };
    return { role: 'primary', lsn: row.lsn, standby: row.sender === null ? undefined : standby };
  }

  /** Every commit that this node has on its disk by now lies before it. */
  async flushedPosition(): Promise<string> {
    const { rows } = await this.#pool.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
    return rows[0]?.lsn ?? '0/0';
  }

  async reload(): Promise<void> {
    await this.#pool.query('SELECT pg_reload_conf()');
  }

  async startPromotion(): Promise<void> {
    await this.#pool.query('SELECT pg_promote(wait => false)');
  }

  /**
   * Whether a session that starts now sees these settings. A new session is forked after the postmaster has handled the
   * reload, in which it also signals every other process.
   */
  async newSessionSees(expected: Record<string, string>): Promise<boolean> {
    return await this.#withClient('postgres', '', async (client) => {
      const { rows } = await client.query<{ seen: string[] }>(
        'SELECT array_agg(current_setting(name) ORDER BY position) AS seen FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, position)',
        [Object.keys(expected)],
      );
      return JSON.stringify(rows[0]?.seen) === JSON.stringify(Object.values(expected));
    });
  }

  async checkpoint(): Promise<void> {
    await this.#withClient('postgres', '', (client) => client.query('CHECKPOINT'));
  }

  /** Runs a script of several statements. */
  async runScript(database: string, script: string): Promise<void> {
    await this.#withClient(database, WRITABLE, (client) => client.query(script));
  }

  /** After the server has ended: sessions that broke with it are not handed out any more. */
  async forgetSessions(): Promise<void> {
    const before = this.#pool;
    this.#pool = this.#createPool();
    await before.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#pool.end().catch(() => undefined);
  }

  #createPool(): pg.Pool {
    const pool = new pg.Pool({
      ...this.#login('postgres'),
      max: 3,
      connectionTimeoutMillis: 1000,
      query_timeout: 1000,
    });
    // An idle session breaks when the server ends; the next query finds out by itself.
    pool.on('error', () => undefined);
    return pool;
  }

  #login(database: string): pg.ClientConfig {
    return { host: this.#address.host, port: this.#address.port, user: 'postgres', database };
  }

  async #withClient<T>(database: string, options: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({
      ...this.#login(database),
      options,
      connectionTimeoutMillis: 1000,
      query_timeout: LONG_MS,
    });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** A checkpoint or the schema on a machine whose disk is busy. */
const LONG_MS = 15_000;

/** The agent writes (schema, roles) before the application may. */
const WRITABLE = '-c default_transaction_read_only=off -c synchronous_commit=local';

interface StatusRow {
  in_recovery: boolean;
  lsn: string;
  received: string | null;
  receiver: string | null;
  sender: string | null;
  flushed: string | null;
  mark: string | null;
}

const STATUS = `
  SELECT recovery.in_recovery,
         CASE WHEN recovery.in_recovery THEN coalesce(pg_last_wal_replay_lsn(), '0/0')
              ELSE pg_current_wal_flush_lsn() END::text AS lsn,
         pg_last_wal_receive_lsn()::text AS received,
         receiver.status AS receiver,
         sender.state AS sender,
         sender.flush_lsn::text AS flushed,
         concat_ws(' ', sender.pid, sender.reply_time, sender.flush_lsn, sender.replay_lsn) AS mark
    FROM (SELECT pg_is_in_recovery() AS in_recovery) recovery
    LEFT JOIN pg_stat_wal_receiver receiver ON true
    LEFT JOIN pg_stat_replication sender ON sender.application_name = $1
   ORDER BY sender.backend_start DESC
   LIMIT 1`;
