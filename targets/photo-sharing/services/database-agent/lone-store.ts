import type { BucketLeadership, ReadAnswer, StoredRecord, WriteAnswer } from './coordinator.ts';
import type { LeaseRecord } from './lease-record.ts';

/**
 * Where a database without a standby keeps its lease: in its own memory, since nobody could contend for it. What it knew
 * before it was started again is on its disk, as with coordinators that lost their record.
 */
export class LoneStore {
  #stored: StoredRecord | 'none' = 'none';

  async read(): Promise<ReadAnswer> {
    return this.#stored;
  }

  async write(record: LeaseRecord, revision: number): Promise<WriteAnswer> {
    const current = this.#stored === 'none' ? 0 : this.#stored.revision;
    if (revision !== current) return 'conflict';
    this.#stored = { record, revision: current + 1 };
    return { revision: current + 1 };
  }

  preferAnother(): void {}
  async createBucket(): Promise<void> {}
  async stepDownLeader(): Promise<void> {}
  async close(): Promise<void> {}

  async leadership(): Promise<BucketLeadership> {
    return { leader: undefined, allFollow: true };
  }
}
