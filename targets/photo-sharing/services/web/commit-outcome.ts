import pg from 'pg';
import { type FailedOutcome, RequestProblem } from './problems.ts';
import { NoConnection } from './sql-connections.ts';

/** How far a transaction had come when it failed. */
export type CommitStage = 'connecting' | 'working' | 'committing';

/** SQLSTATE of a write that reached a standby, or a primary that its agent has closed for writes. */
const READ_ONLY_TRANSACTION = '25006';
const LOCK_NOT_AVAILABLE = '55P03';
/** SQLSTATE classes with which COMMIT itself is refused and rolled back: constraints that wait for it, serialization. */
const ROLLED_BACK_CLASSES = new Set(['23', '40']);

/**
 * Whether anything may have been committed. Before COMMIT is sent the server rolls back whatever happens to us. After
 * that only its own word that it rolled back counts: silence, a broken connection, and a FATAL (which an administrator's
 * shutdown sends while the commit, already written locally, waits for the standby) all leave it open.
 */
export function commitOutcome(stage: CommitStage, thrown: unknown): FailedOutcome {
  if (stage !== 'committing') return 'not-applied';
  const refused =
    thrown instanceof pg.DatabaseError &&
    thrown.severity === 'ERROR' &&
    ROLLED_BACK_CLASSES.has((thrown.code ?? '').slice(0, 2));
  return refused ? 'not-applied' : 'unknown';
}

/** Whether a second try on a fresh connection is safe and may help: nothing was committed, the connection was at fault. */
export function isWorthRetrying(stage: CommitStage, thrown: unknown): boolean {
  if (stage !== 'working') return false;
  return !(thrown instanceof pg.DatabaseError) || thrown.code === READ_ONLY_TRANSACTION || isServerLeaving(thrown);
}

/** The answer to a client whose write failed for a reason of ours. */
export function failedWrite(stage: CommitStage, thrown: unknown): RequestProblem {
  const outcome = commitOutcome(stage, thrown);
  if (outcome === 'unknown') return new RequestProblem(503, 'commit-unanswered', { outcome, cause: thrown });
  if (thrown instanceof NoConnection) return new RequestProblem(503, 'database-unavailable', { cause: thrown });
  if (thrown instanceof pg.DatabaseError && !isServerLeaving(thrown)) return statementFailed(thrown);
  return new RequestProblem(503, 'database-connection-lost', { cause: thrown });
}

function statementFailed(error: pg.DatabaseError): RequestProblem {
  if (error.code === READ_ONLY_TRANSACTION) return new RequestProblem(503, 'database-read-only', { cause: error });
  if (error.code === LOCK_NOT_AVAILABLE) return new RequestProblem(503, 'database-busy', { cause: error });
  return new RequestProblem(503, 'database-refused', { cause: error });
}

/** 57P0x: shutting down or starting up; 08xxx: the connection; 53300: no more connections. */
function isServerLeaving({ code = '' }: pg.DatabaseError): boolean {
  return code.startsWith('57P0') || code.startsWith('08') || code === '53300';
}
