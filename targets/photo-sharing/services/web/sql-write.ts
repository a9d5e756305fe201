import pg from 'pg';
import { type CommitStage, failedWrite, isWorthRetrying } from './commit-outcome.ts';
import type { ContentKey } from './content.ts';
import { Deadline } from './deadline.ts';
import { conflict, RequestProblem } from './problems.ts';
import type { ReadPosition } from './read-position.ts';
import type { RunQuery, SqlConnections } from './sql-connections.ts';

const WRITE_LIMIT_MS = 2500;
const ATTEMPTS_MAX = 2;
/** BEGIN takes no time: a connection that does not answer it is dead, and there is time left to try a fresh one. */
const BEGIN_LIMIT_MS = 700;

export type WriteKind = 'account' | 'log-in' | 'log-out' | 'photo' | 'caption' | 'like' | 'follow' | 'profile';

/** One write of the API: its domain rows and its row in `writes` are committed together, or not at all. */
export interface Write {
  /** The client's idempotency key: the same id has one effect, however often it is sent. */
  writeId: string;
  kind: WriteKind;
  userId: string;
  /** The id of what is written. */
  subjectId: string;
  /** What people look at that it changes. */
  changes?: readonly ContentKey[];
  /** Goes into the answer besides id, writeId, writtenBy and epoch. */
  details?: Record<string, unknown>;
  /** Writes the domain rows; a RequestProblem takes everything back. */
  apply(query: RunQuery): Promise<void>;
}

/** The answer to a write, the same for the first request and for every repetition of it. */
export interface WriteReceipt {
  id: string;
  writeId: string;
  writtenBy: string;
  epoch: number;
  [detail: string]: unknown;
}

export interface Committed {
  receipt: WriteReceipt;
  /** Reads at this position see the write. */
  position: ReadPosition;
  /** The key had been used before: nothing was written now. */
  repeated: boolean;
}

interface WriteRow {
  kind: string;
  user_id: string;
  subject_id: string;
  response: WriteReceipt;
  replays: number;
}

/**
 * Takes the key first, so that the same write sent twice at one time waits here. A repetition updates the row: a
 * transaction that wrote nothing would not wait for the standby, and would acknowledge a first commit that may have
 * reached only this node.
 */
const TAKE_KEY_SQL = `
INSERT INTO writes (write_id, kind, user_id, subject_id, written_by, epoch, response)
SELECT $1, $2, $3, $4, by.node, by.epoch,
       $5::jsonb || jsonb_build_object('writtenBy', by.node, 'epoch', by.epoch)
FROM (SELECT current_setting('cluster_name') AS node, current_setting('faultline.epoch')::bigint AS epoch) AS by
ON CONFLICT (write_id) DO UPDATE SET replays = writes.replays + 1
RETURNING kind, user_id, subject_id, response, replays`;

/**
 * The flushed end of the log, read after the commit, is a position that contains it. (The insert position may stand
 * behind a page header that no standby ever reports as replayed.)
 */
const COMMIT_SQL = 'COMMIT; SELECT pg_current_wal_flush_lsn()::text AS position';

export interface SqlWriterOptions {
  primary: SqlConnections;
  onOutcome: (kind: WriteKind, outcome: 'committed' | 'repeated' | 'refused' | 'not-applied' | 'unknown') => void;
}

/** Commits writes on the primary, exactly once for each key, and says precisely what became of them. */
export class SqlWriter {
  readonly #primary: SqlConnections;
  readonly #onOutcome: SqlWriterOptions['onOutcome'];

  constructor({ primary, onOutcome }: SqlWriterOptions) {
    this.#primary = primary;
    this.#onOutcome = onOutcome;
  }

  /** @throws RequestProblem: what `apply` refused, or 503 with the outcome. */
  async commit(write: Write): Promise<Committed> {
    const deadline = Deadline.after(WRITE_LIMIT_MS);
    for (let attempt = 1; ; attempt += 1) {
      const transaction = new Transaction(write);
      try {
        const committed = await this.#primary.use(deadline, (query, client) => transaction.run(query, client));
        this.#onOutcome(write.kind, committed.repeated ? 'repeated' : 'committed');
        return committed;
      } catch (error) {
        if (error instanceof RequestProblem) {
          this.#onOutcome(write.kind, error.status < 500 ? 'refused' : error.outcome);
          throw error;
        }
        if (attempt < ATTEMPTS_MAX && deadline.remainingMs > 0 && isWorthRetrying(transaction.stage, error)) continue;
        const problem = failedWrite(transaction.stage, error);
        this.#onOutcome(write.kind, problem.outcome);
        throw problem;
      }
    }
  }
}

/** BEGIN, key, domain rows, COMMIT; remembers how far it came. */
class Transaction {
  readonly #write: Write;
  stage: CommitStage = 'connecting';

  constructor(write: Write) {
    this.#write = write;
  }

  async run(query: RunQuery, client: pg.ClientBase): Promise<Committed> {
    this.stage = 'working';
    await query('BEGIN', [], Deadline.after(BEGIN_LIMIT_MS));
    const row = await this.#takeKey(query);
    const repeated = row.replays > 0;
    try {
      if (repeated) this.#checkSameWrite(row);
      else await this.#write.apply(query);
    } catch (error) {
      if (error instanceof RequestProblem) await query('ROLLBACK');
      throw error;
    }
    return { receipt: row.response, position: await this.#commit(query, client), repeated };
  }

  async #takeKey(query: RunQuery): Promise<WriteRow> {
    const { writeId, kind, userId, subjectId, details } = this.#write;
    const response = JSON.stringify({ ...details, id: subjectId, writeId });
    try {
      return (await query<WriteRow>(TAKE_KEY_SQL, [writeId, kind, userId, subjectId, response])).rows[0]!;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      // Another request with this key holds it and may yet commit.
      await query('ROLLBACK');
      throw new RequestProblem(503, 'write-in-progress', { outcome: 'unknown', cause: error });
    }
  }

  #checkSameWrite({ kind, user_id, subject_id }: WriteRow): void {
    const write = this.#write;
    if (kind !== write.kind || user_id !== write.userId || subject_id !== write.subjectId) {
      throw conflict('idempotency-key-reused');
    }
  }

  async #commit(query: RunQuery, client: pg.ClientBase): Promise<ReadPosition> {
    let warning: string | undefined;
    // PostgreSQL warns, and then reports success, when the wait for the standby was cancelled.
    const onNotice = (notice: { severity?: string | undefined; message?: string | undefined }): void => {
      if (notice.severity === 'WARNING') warning = notice.message ?? 'unnamed';
    };
    client.on('notice', onNotice);
    try {
      this.stage = 'committing';
      const answers: unknown = await query(COMMIT_SQL);
      if (warning !== undefined) throw new Error(`the commit was answered with a warning: ${warning}`);
      return positionOf(answers);
    } finally {
      client.off('notice', onNotice);
    }
  }
}

/** Two statements in one message give two results. */
function positionOf(answers: unknown): ReadPosition {
  const [commit, position] = answers as [pg.QueryResult, pg.QueryResult<{ position: string }>];
  if (commit.command !== 'COMMIT') throw new Error(`COMMIT was answered with ${commit.command}`);
  return position.rows[0]!.position;
}

function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '55P03';
}
