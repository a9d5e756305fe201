/**
 * The one record that decides who may serve. Lease and `inSync` live together, so that one compare-and-set decides both
 * who is primary and whether the other node may follow it.
 */
export interface LeaseRecord {
  holder: string;
  /** Grows by one with each takeover. */
  epoch: number;
  /** Whether the other node has every acknowledged commit, and so may take over without loss. */
  inSync: boolean;
  /** Differs in each write, so that a writer recognises its own record after an unanswered request. */
  renewal: string;
  /** The holder's write-ahead log position about when it renewed. */
  lsn: string;
  /** The holder has ended PostgreSQL and gives the lease away. */
  released: boolean;
}

/** @throws Error when the text is not a lease record. */
export function parseLeaseRecord(text: string): LeaseRecord {
  const value: unknown = JSON.parse(text);
  if (!isLeaseRecord(value)) throw new Error(`Expected a lease record, but the bucket holds: ${text}`);
  return value;
}

function isLeaseRecord(value: unknown): value is LeaseRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record: Partial<Record<keyof LeaseRecord, unknown>> = value;
  return (
    typeof record.holder === 'string' &&
    typeof record.epoch === 'number' &&
    typeof record.inSync === 'boolean' &&
    typeof record.renewal === 'string' &&
    typeof record.lsn === 'string' &&
    typeof record.released === 'boolean'
  );
}
