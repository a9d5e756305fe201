import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import pg from 'pg';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';
import type { Deadline } from './deadline.ts';
import { RequestProblem } from './problems.ts';

const CONNECT_LIMIT_MS = 1000;
const IDLE_LIMIT_MS = 5000;
/** The server's own limits end what a vanished web server left behind: its locks would block others. */
const STATEMENT_LIMIT_MS = 2500;
const LOCK_LIMIT_MS = 1500;
const IDLE_IN_TRANSACTION_LIMIT_MS = 3000;

export interface SqlConnectionsOptions {
  /** As it should read in messages and metrics: `sql-write`. */
  name: string;
  address: Address;
  connectionsMax: number;
  log: Logger;
}

/** Runs one statement, within the deadline of the whole access or a shorter one. */
export type RunQuery = <Row extends pg.QueryResultRow>(
  text: string,
  values?: unknown[],
  shorter?: Deadline,
) => Promise<pg.QueryResult<Row>>;

/** Thrown when no connection could be had: nothing was sent. */
export class NoConnection extends Error {
  constructor(name: string, cause: unknown) {
    super(`no connection by ${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NoConnection';
  }
}

/**
 * Connections to the database by one address, reused while they answer.
 *
 * A peer that vanished without a FIN (power loss, partition) leaves connections that look well and never answer. So
 * every access has a deadline on this side; a connection that missed one, or failed otherwise, is destroyed, and so is
 * every other one that has not answered since, before it is used again.
 */
export class SqlConnections {
  readonly name: string;
  readonly #address: Address;
  readonly #pool: pg.Pool;
  readonly #answeredAtMs = new WeakMap<pg.PoolClient, number>();
  #suspectBeforeMs = 0;

  constructor({ name, address, connectionsMax, log }: SqlConnectionsOptions) {
    this.name = name;
    this.#address = address;
    this.#pool = new pg.Pool({
      host: address.host,
      port: address.port,
      user: 'photos',
      database: 'photos',
      max: connectionsMax,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      idleTimeoutMillis: IDLE_LIMIT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 1000,
      statement_timeout: STATEMENT_LIMIT_MS,
      lock_timeout: LOCK_LIMIT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_LIMIT_MS,
    });
    this.#pool.on('error', (error) => log.debug({ err: error, connections: name }, 'an idle connection broke'));
    // A connection that breaks while it is lent out says so to its query; without a listener it would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  get counts(): { open: number; idle: number; waiting: number } {
    return { open: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /**
   * Lends one connection to `work`. It is reused after success and after a RequestProblem, which is thrown only with
   * the connection in order; after any other error it is destroyed.
   * @throws NoConnection before `work` was called, DeadlineExceeded, or what `work` throws.
   */
  async use<T>(deadline: Deadline, work: (query: RunQuery, client: pg.ClientBase) => Promise<T>): Promise<T> {
    const client = await this.#acquire(deadline);
    const query: RunQuery = async (text, values, shorter = deadline) => {
      const sooner = shorter.remainingMs < deadline.remainingMs ? shorter : deadline;
      const result = await sooner.race(`${this.name}: ${text.slice(0, 60)}`, client.query(text, values));
      this.#answeredAtMs.set(client, performance.now());
      return result as never;
    };
    try {
      const value = await work(query, client);
      client.release();
      return value;
    } catch (error) {
      const inOrder = error instanceof RequestProblem;
      if (!inOrder) this.#suspectBeforeMs = performance.now();
      client.release(!inOrder);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #acquire(deadline: Deadline): Promise<pg.PoolClient> {
    const startMs = Date.now();
    try {
      for (;;) {
        const client = await this.#connect(deadline);
        const answeredAtMs = this.#answeredAtMs.get(client);
        if (answeredAtMs === undefined || answeredAtMs >= this.#suspectBeforeMs) return client;
        client.release(true);
      }
    } catch (error) {
      this.#recordFailure(startMs, error);
      throw new NoConnection(this.name, error);
    }
  }

  async #connect(deadline: Deadline): Promise<pg.PoolClient> {
    const connecting = this.#pool.connect();
    try {
      return await deadline.race(`${this.name}: connect`, connecting);
    } catch (error) {
      connecting.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    }
  }

  /** A connection that could not be had leaves a span: no statement's span would tell which way is broken. */
  #recordFailure(startMs: number, error: unknown): void {
    const span = trace.getTracer('web').startSpan(`connect ${this.name}`, {
      kind: SpanKind.CLIENT,
      startTime: startMs,
      attributes: {
        'db.system.name': 'postgresql',
        'server.address': this.#address.host,
        'server.port': this.#address.port,
      },
    });
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    span.end();
  }
}
