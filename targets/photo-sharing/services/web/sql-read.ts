import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { PrimaryPositions } from './primary-positions.ts';
import { RequestProblem } from './problems.ts';
import type { ReadPosition } from './read-position.ts';
import { NoConnection, type RunQuery, type SqlConnections } from './sql-connections.ts';

const READ_LIMIT_MS = 1500;
/** Leaves the primary enough of the limit when the nearest copy does not answer. */
const NEAREST_LIMIT_MS = 700;
/**
 * The first question takes no time: a connection that does not answer it is dead, and a fresh one is tried. Unless others
 * have answered late of late: then there is too much to do, and the question has as much time as the whole read.
 */
const SOURCE_LIMIT_MS = 350;
/** How long a read waits for a copy to replay what its client has written. */
const REPLAY_LIMIT_MS = 150;
const REPLAY_POLL_MS = 10;
/** A nearest copy that missed a deadline is left alone for this long: each try would cost its caller 700 ms. */
const AVOID_MS = 1000;

/** Where a read may look. */
export interface ReadOptions {
  /** The client's own last write: what is read is never older. */
  position: ReadPosition | undefined;
  /** Only the primary's word counts. */
  primary?: boolean;
}

/** What was read, from which database node, and how old it may have been (null: the standby cannot tell). */
export interface ReadResult<T> {
  value: T;
  readFrom: string;
  /** Undefined when it came from the primary: then it is not stale. */
  stalenessMs: number | null | undefined;
  /** A position whose writes are all in what was read; left out when none is known. */
  contains?: ReadPosition;
}

export type FallbackReason = 'unavailable' | 'behind' | 'avoided';

interface Source {
  name: string;
  recovering: boolean;
  fresh: boolean;
  staleness_ms: number | null;
  replayed: string | null;
  durable: string | null;
  next_id: string | null;
  oldest_id: string | null;
}

/**
 * Says who answers, and whether it has replayed the position. This must be asked before the data: replay only moves
 * forward, so what is read next contains the position.
 *
 * Staleness is an upper bound. A standby that has replayed everything its primary had at the last message is as old as
 * that message; otherwise, and when it has lost its primary, it is as old as the last transaction that it replayed.
 *
 * A primary tells what `PrimaryPositions` needs. OFFSET 0 keeps its subquery whole: the position is read before
 * `next_id`, and the snapshot, which has `oldest_id`, was taken before both. Durable is what no failover takes back: the
 * standby has flushed it. Without one it is what the primary has flushed, but only while it may commit alone; with
 * asynchronous replication it always may, and what a takeover loses, it loses here as well.
 */
const SOURCE_SQL = `
SELECT current_setting('cluster_name') AS name,
       recovering,
       NOT recovering OR $1::pg_lsn IS NULL OR pg_last_wal_replay_lsn() >= $1::pg_lsn AS fresh,
       CASE WHEN recovering THEN greatest(0, extract(epoch FROM clock_timestamp() - coalesce(
         (SELECT last_msg_send_time FROM pg_stat_wal_receiver WHERE latest_end_lsn <= pg_last_wal_replay_lsn()),
         pg_last_xact_replay_timestamp())) * 1000)::float8 END AS staleness_ms,
       CASE WHEN recovering THEN pg_last_wal_replay_lsn()::text END AS replayed,
       durable::text,
       CASE WHEN NOT recovering THEN (pg_snapshot_xmax(pg_current_snapshot())::text::bigint
         + age(pg_snapshot_xmax(pg_current_snapshot())::xid))::text END AS next_id,
       CASE WHEN NOT recovering THEN pg_snapshot_xmin(pg_current_snapshot())::text END AS oldest_id
FROM (SELECT recovering, CASE WHEN NOT recovering THEN coalesce(
               (SELECT min(flush_lsn) FROM pg_stat_get_wal_senders()),
               CASE WHEN current_setting('synchronous_standby_names') = '' THEN pg_current_wal_flush_lsn() END)
             END AS durable
      FROM (SELECT pg_is_in_recovery() AS recovering) AS role OFFSET 0) AS source`;

export interface SqlReaderOptions {
  nearest: SqlConnections;
  primary: SqlConnections;
  onFallback: (reason: FallbackReason) => void;
  /** What the nearest copy cannot tell stays unknown. */
  withoutFallback?: boolean;
}

/** Reads from the nearest copy that is fresh enough for the client, else from the primary. */
export class SqlReader {
  readonly #nearest: SqlConnections;
  readonly #primary: SqlConnections;
  readonly #onFallback: (reason: FallbackReason) => void;
  readonly #withoutFallback: boolean;
  readonly #positions = new PrimaryPositions();
  #avoidUntilMs = 0;

  constructor({ nearest, primary, onFallback, withoutFallback = false }: SqlReaderOptions) {
    this.#nearest = nearest;
    this.#primary = primary;
    this.#onFallback = onFallback;
    this.#withoutFallback = withoutFallback;
  }

  /** @throws RequestProblem 503 `database-unavailable`, or what `work` throws as RequestProblem. */
  async read<T>(
    { position, primary = false }: ReadOptions,
    work: (query: RunQuery) => Promise<T>,
  ): Promise<ReadResult<T>> {
    const deadline = Deadline.after(READ_LIMIT_MS);
    if (!primary) {
      const result = await this.#readNearest(position, work);
      if (result !== undefined) return result;
      if (this.#withoutFallback) throw new RequestProblem(503, 'database-unavailable');
    }
    try {
      const result = await this.#readFrom(this.#primary, deadline, position, work);
      if (result !== undefined) return result;
    } catch (error) {
      if (error instanceof RequestProblem) throw error;
      throw new RequestProblem(503, 'database-unavailable', { cause: error });
    }
    // The node behind the writing address turned out to be a standby that lacks the client's own writes.
    throw new RequestProblem(503, 'database-behind');
  }

  /**
   * Like `read`, for one thing that may not exist. A standby that does not have it may only be behind, so its absence
   * is believed only from the primary.
   */
  async find<T>(
    options: ReadOptions,
    work: (query: RunQuery) => Promise<T | undefined>,
  ): Promise<ReadResult<T | undefined>> {
    const result = await this.read(options, work);
    const isLastWord = result.value !== undefined || result.stalenessMs === undefined;
    return isLastWord ? result : await this.read({ ...options, primary: true }, work);
  }

  /** Undefined when the primary must be asked instead. */
  async #readNearest<T>(
    position: ReadPosition | undefined,
    work: (query: RunQuery) => Promise<T>,
  ): Promise<ReadResult<T> | undefined> {
    if (performance.now() < this.#avoidUntilMs) {
      this.#onFallback('avoided');
      return undefined;
    }
    try {
      const result = await this.#readFrom(this.#nearest, Deadline.after(NEAREST_LIMIT_MS), position, work);
      if (result === undefined) this.#onFallback('behind');
      return result;
    } catch (error) {
      if (error instanceof RequestProblem) throw error;
      if (isSilence(error)) this.#avoidUntilMs = performance.now() + AVOID_MS;
      this.#onFallback('unavailable');
      return undefined;
    }
  }

  /** Undefined when the node has not replayed the position within 150 ms. */
  async #readFrom<T>(
    connections: SqlConnections,
    deadline: Deadline,
    position: ReadPosition | undefined,
    work: (query: RunQuery) => Promise<T>,
  ): Promise<ReadResult<T> | undefined> {
    const ask = async (query: RunQuery) => {
      const source = await freshSource(
        query,
        position,
        connections.isSlow ? deadline : Deadline.after(SOURCE_LIMIT_MS),
      );
      if (source === undefined) return undefined;
      const contains = this.#containedIn(source);
      const value = await work(query);
      const { name: readFrom, recovering, staleness_ms } = source;
      const stalenessMs = recovering ? staleness_ms : undefined;
      return { value, readFrom, stalenessMs, ...(contains === undefined ? {} : { contains }) };
    };
    const attempt = () => connections.use(deadline, ask, { transactional: false });
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof RequestProblem || error instanceof NoConnection || deadline.remainingMs === 0) throw error;
      return await attempt();
    }
  }

  #containedIn({ name, recovering, replayed, durable, next_id, oldest_id }: Source): ReadPosition | undefined {
    if (recovering) return replayed ?? undefined;
    return this.#positions.containedIn({ name, durable, nextId: BigInt(next_id!), oldestId: BigInt(oldest_id!) });
  }
}

/** @throws DeadlineExceeded when the first answer does not come in time. */
async function freshSource(
  query: RunQuery,
  position: ReadPosition | undefined,
  firstAnswer: Deadline,
): Promise<Source | undefined> {
  const wait = Deadline.after(REPLAY_LIMIT_MS);
  for (let limit = firstAnswer; ; limit = Deadline.after(SOURCE_LIMIT_MS)) {
    const source = (await query<Source>(SOURCE_SQL, [position ?? null], limit)).rows[0];
    if (source?.fresh) return source;
    if (wait.remainingMs === 0) return undefined;
    await sleep(REPLAY_POLL_MS);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof DeadlineExceeded || (error instanceof Error && error.cause instanceof DeadlineExceeded);
}
