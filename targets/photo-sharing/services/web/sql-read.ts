import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline, DeadlineExceeded } from './deadline.ts';
import { RequestProblem } from './problems.ts';
import type { ReadPosition } from './read-position.ts';
import { NoConnection, type RunQuery, type SqlConnections } from './sql-connections.ts';

const READ_LIMIT_MS = 1500;
/** Leaves the primary enough of the limit when the nearest copy does not answer. */
const NEAREST_LIMIT_MS = 700;
/** The first question takes no time: a connection that does not answer it is dead, and a fresh one is tried. */
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
  /** Of a standby: the position that it had replayed by then, so that what was read contains it. */
  replayed?: ReadPosition;
}

export type FallbackReason = 'unavailable' | 'behind' | 'avoided';

interface Source {
  name: string;
  recovering: boolean;
  fresh: boolean;
  staleness_ms: number | null;
  replayed: string | null;
}

/**
 * Says who answers, and whether it has replayed the position. This must be asked before the data: replay only moves
 * forward, so what is read next contains the position.
 *
 * Staleness is an upper bound. A standby that has replayed everything its primary had at the last message is as old as
 * that message; otherwise, and when it has lost its primary, it is as old as the last transaction that it replayed.
 */
const SOURCE_SQL = `
SELECT current_setting('cluster_name') AS name,
       recovering,
       NOT recovering OR $1::pg_lsn IS NULL OR pg_last_wal_replay_lsn() >= $1::pg_lsn AS fresh,
       CASE WHEN recovering THEN greatest(0, extract(epoch FROM clock_timestamp() - coalesce(
         (SELECT last_msg_send_time FROM pg_stat_wal_receiver WHERE latest_end_lsn <= pg_last_wal_replay_lsn()),
         pg_last_xact_replay_timestamp())) * 1000)::float8 END AS staleness_ms,
       CASE WHEN recovering THEN pg_last_wal_replay_lsn()::text END AS replayed
FROM (SELECT pg_is_in_recovery() AS recovering) AS role`;

export interface SqlReaderOptions {
  nearest: SqlConnections;
  primary: SqlConnections;
  onFallback: (reason: FallbackReason) => void;
}

/** Reads from the nearest copy that is fresh enough for the client, else from the primary. */
export class SqlReader {
  readonly #nearest: SqlConnections;
  readonly #primary: SqlConnections;
  readonly #onFallback: (reason: FallbackReason) => void;
  #avoidUntilMs = 0;

  constructor({ nearest, primary, onFallback }: SqlReaderOptions) {
    this.#nearest = nearest;
    this.#primary = primary;
    this.#onFallback = onFallback;
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
    }
    try {
      const result = await readFrom(this.#primary, deadline, position, work);
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
      const result = await readFrom(this.#nearest, Deadline.after(NEAREST_LIMIT_MS), position, work);
      if (result === undefined) this.#onFallback('behind');
      return result;
    } catch (error) {
      if (error instanceof RequestProblem) throw error;
      if (isSilence(error)) this.#avoidUntilMs = performance.now() + AVOID_MS;
      this.#onFallback('unavailable');
      return undefined;
    }
  }
}

/** Undefined when the node has not replayed the position within 150 ms. */
async function readFrom<T>(
  connections: SqlConnections,
  deadline: Deadline,
  position: ReadPosition | undefined,
  work: (query: RunQuery) => Promise<T>,
): Promise<ReadResult<T> | undefined> {
  const attempt = () =>
    connections.use(deadline, async (query) => {
      const source = await freshSource(query, position);
      if (source === undefined) return undefined;
      const value = await work(query);
      const { name: readFrom, recovering, staleness_ms: stalenessMs, replayed } = source;
      if (!recovering) return { value, readFrom, stalenessMs: undefined };
      return { value, readFrom, stalenessMs, ...(replayed === null ? {} : { replayed }) };
    });
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof RequestProblem || error instanceof NoConnection || deadline.remainingMs === 0) throw error;
    return await attempt();
  }
}

async function freshSource(query: RunQuery, position: ReadPosition | undefined): Promise<Source | undefined> {
  const wait = Deadline.after(REPLAY_LIMIT_MS);
  for (;;) {
    const source = (await query<Source>(SOURCE_SQL, [position ?? null], Deadline.after(SOURCE_LIMIT_MS))).rows[0];
    if (source?.fresh) return source;
    if (wait.remainingMs === 0) return undefined;
    await sleep(REPLAY_POLL_MS);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof DeadlineExceeded || (error instanceof Error && error.cause instanceof DeadlineExceeded);
}
