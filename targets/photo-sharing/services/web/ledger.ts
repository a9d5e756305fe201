import type { RunQuery } from './sql-connections.ts';

/** What became of one write, as this copy of the database has it. */
export interface LedgerEntry {
  writeId: string;
  kind: string;
  subjectId: string;
  writtenBy: string;
  epoch: number;
  /** Whether the rows that it was about are there, too. */
  present: boolean;
}

const LEDGER_SQL = `
SELECT write_id AS "writeId", kind, subject_id AS "subjectId", written_by AS "writtenBy", epoch::float8 AS epoch,
       CASE kind
         WHEN 'photo'   THEN EXISTS (SELECT FROM photos   WHERE id = subject_id)
         WHEN 'caption' THEN EXISTS (SELECT FROM photos   WHERE id = subject_id)
         WHEN 'like'    THEN EXISTS (SELECT FROM likes    WHERE id = subject_id)
         WHEN 'follow'  THEN EXISTS (SELECT FROM follows  WHERE id = subject_id)
         WHEN 'log-in'  THEN EXISTS (SELECT FROM sessions WHERE id = subject_id)
         WHEN 'log-out' THEN EXISTS (SELECT FROM sessions WHERE id = subject_id)
         ELSE                EXISTS (SELECT FROM users    WHERE id = subject_id)
       END AS present
FROM writes WHERE write_id = ANY($1)`;

/** The writes with these ids, in no particular order; those that are not found are left out. */
export async function findWrites(query: RunQuery, writeIds: readonly string[]): Promise<LedgerEntry[]> {
  return (await query<LedgerEntry>(LEDGER_SQL, [writeIds])).rows;
}
