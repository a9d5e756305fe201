import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import pg from 'pg';
import type { Address } from '../environment.ts';
import type { Logger } from '../log.ts';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { RequestProblem } from './problems.ts';

const CONNECT_LIMIT_MS = 1000;
const IDLE_LIMIT_MS = 5000;
/** A read that missed its deadline on a busy machine is answered soon after; longer than this only the dead are silent. */
const LATE_LIMIT_MS = 1500;
/** So long after a late answer the database counts as slow. */
const SLOW_MS = 2000;
/** Not before this is one more miss taken for a sign that the peer has gone: on a busy machine misses come in crowds. */
const SUSPICION_INTERVAL_MS = 1000;
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

/**
 * A statement with values is prepared once for each connection, under a name of its own: to plan it takes longer than to
 * carry it out.
 */
function nameOf(text: string): string {
  const known = STATEMENT_NAMES.get(text);
  if (known !== undefined) return known;
  const name = `statement-${STATEMENT_NAMES.size + 1}`;
  STATEMENT_NAMES.set(text, name);
  return name;
}

const STATEMENT_NAMES = new Map<string, string>();

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
 * every access has a deadline on this side. A connection that missed one is used again only when its answer has come
 * after all, one that failed otherwise is destroyed, and so is every other one that has not answered since, before it is
 * used again. A new connection costs a database far more than a statement: were slowness answered with new connections,
 * a database that is busy for a moment would never get out of it again.
 */
export class SqlConnections {
  readonly name: string;
  readonly #address: Address;
  readonly #pool: pg.Pool;
  readonly #answeredAtMs = new WeakMap<pg.PoolClient, number>();
  #suspectBeforeMs = 0;
  #lateAtMs = Number.NEGATIVE_INFINITY;

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

  /** Whether it answers, but late: then it has too much to do, and nobody should ask it twice. */
  get isSlow(): boolean {
    return performance.now() - this.#lateAtMs < SLOW_MS;
  }

  get counts(): { open: number; idle: number; waiting: number } {
    return { open: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /**
   * Lends one connection to `work`. It is reused after success and after a RequestProblem, which is thrown only with
   * the connection in order, and when each statement is whole by itself also once a late answer has come; after any
   * other error it is destroyed.
   * @throws NoConnection before `work` was called, DeadlineExceeded, or what `work` throws.
   */
  async use<T>(
    deadline: Deadline,
    work: (query: RunQuery, client: pg.ClientBase) => Promise<T>,
    { transactional = true } = {},
  ): Promise<T> {
    const client = await this.#acquire(deadline);
    let asked: Promise<unknown> = Promise.resolve();
    const query: RunQuery = async (text, values, shorter = deadline) => {
      const sooner = shorter.remainingMs < deadline.remainingMs ? shorter : deadline;
      const answer = client.query(values === undefined ? text : { name: nameOf(text), text, values });
      asked = answer;
      const result = await sooner.race(`${this.name}: ${text.slice(0, 60)}`, answer);
      this.#answeredAtMs.set(client, performance.now());
      return result as never;
    };
    try {
      const value = await work(query, client);
      client.release();
      return value;
    } catch (error) {
      if (error instanceof RequestProblem) {
        client.release();
        throw error;
      }
      this.#suspectOthers();
      if (!transactional && error instanceof DeadlineExceeded) void this.#releaseOnceAnswered(client, asked);
      else client.release(true);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  #suspectOthers(): void {
    if (this.isSlow) return;
    const nowMs = performance.now();
    if (nowMs - this.#suspectBeforeMs >= SUSPICION_INTERVAL_MS) this.#suspectBeforeMs = nowMs;
  }

  async #releaseOnceAnswered(client: pg.PoolClient, asked: Promise<unknown>): Promise<void> {
    try {
      await Deadline.after(LATE_LIMIT_MS).race(`${this.name}: a late answer`, asked);
      this.#lateAtMs = performance.now();
      this.#answeredAtMs.set(client, this.#lateAtMs);
      client.release();
    } catch {
      client.release(true);
    }
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
