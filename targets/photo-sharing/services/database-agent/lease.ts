import { randomUUID } from 'node:crypto';
import type { ReadAnswer, StoredRecord, WriteAnswer } from './coordinator.ts';
import type { LeaseRecord } from './lease-record.ts';

/** What the lease needs of the coordination cluster. */
export interface LeaseStore {
  read(): Promise<ReadAnswer>;
  write(record: LeaseRecord, revision: number): Promise<WriteAnswer>;
  preferAnother(): void;
}

/** `applied`: recorded. `lost`: another record stands. `unknown`: nobody answered; it may be applied later. */
export type LeaseOutcome = 'applied' | 'lost' | 'unknown';

interface LeaseOptions {
  node: string;
  leaseMs: number;
  store: LeaseStore;
  now: () => number;
}

interface Observation {
  stored: StoredRecord | 'none';
  /** When this revision was seen first. */
  changedAt: number;
  readAt: number;
}

/**
 * One node's view of the lease record, and its writes to it, one at a time.
 *
 * Why two holders never overlap: every write is a compare-and-set on the revision that the writer has seen. A contender
 * writes only when it has seen the revision unchanged for `leaseMs` on its own clock, so the record it replaces is the
 * holder's last renewal, and that renewal started before the contender saw it. The holder counts from the start of its
 * last acknowledged renewal and stops serving earlier than `leaseMs` after it. No clock is compared with another.
 */
export class Lease {
  readonly #node: string;
  readonly #leaseMs: number;
  readonly #store: LeaseStore;
  readonly #now: () => number;
  #observation: Observation | undefined;
  #renewedAt: number | undefined;
  #inSync = false;
  #takeoverRevision: number | undefined;
  /** An older record than the known one, that was read instead of it. */
  #older: { revision: number; since: number } | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ node, leaseMs, store, now }: LeaseOptions) {
    this.#node = node;
    this.#leaseMs = leaseMs;
    this.#store = store;
    this.#now = now;
  }

  /** The newest record seen, `none` when there is none, `unknown` before the first answer. */
  get record(): LeaseRecord | 'none' | 'unknown' {
    if (this.#observation === undefined) return 'unknown';
    return this.#observation.stored === 'none' ? 'none' : this.#observation.stored.record;
  }

  get held(): boolean {
    return typeof this.record === 'object' && this.record.holder === this.#node;
  }

  /** When the last acknowledged renewal of this node started; undefined when it does not hold the lease. */
  get renewedAt(): number | undefined {
    return this.held ? this.#renewedAt : undefined;
  }

  /**
   * Whether the record does, or after an unanswered request may, say that the other node has every acknowledged commit.
   * It turns false only by an acknowledged write, so that nothing is decided on a hope.
   */
  get inSync(): boolean {
    return this.#inSync;
  }

  /** Whether a contender may try: nothing changed for the lease time, as known from a recent answer; or it was given away. */
  get expired(): boolean {
    if (this.#observation === undefined || this.#observation.stored === 'none') return false;
    const { stored, changedAt, readAt } = this.#observation;
    const recent = this.#now() - readAt < RECENT_MS;
    return recent && (stored.record.released || readAt - changedAt >= this.#leaseMs);
  }

  /** When the holder's last sign of life was seen first; undefined before any. */
  get changedAt(): number | undefined {
    return this.#observation?.changedAt;
  }

  /** A takeover was sent and nothing newer than the record it replaces has been seen: it may still be applied. */
  get takeoverPending(): boolean {
    return this.#takeoverRevision !== undefined;
  }

  /** @throws when no coordinator answers. */
  async observe(): Promise<void> {
    await this.#alone(async () => this.#adopt(await this.#store.read()));
  }

  /** The holder's heartbeat; it carries the log position for whoever measures how far behind it is. */
  async renew(lsn: string): Promise<LeaseOutcome> {
    return await this.#alone(() => this.#writeHeld({ lsn, inSync: this.#inSync }));
  }

  /**
   * Only after every commit waits for the standby, and the standby has all earlier ones. From the moment of sending,
   * `inSync` is true, whatever the outcome.
   */
  async recordInSync(lsn: string): Promise<LeaseOutcome> {
    return await this.#alone(() => {
      this.#inSync = true;
      return this.#writeHeld({ lsn, inSync: true });
    });
  }

  /**
   * Before commits stop waiting for the standby. Once applied, no earlier write can bring `inSync` back: each of them
   * expects a revision that is gone.
   */
  async recordOutOfSync(lsn: string): Promise<LeaseOutcome> {
    return await this.#alone(async () => {
      const outcome = await this.#writeHeld({ lsn, inSync: false });
      if (outcome === 'applied') this.#inSync = false;
      return outcome;
    });
  }

  /** The first record ever, or the first after the coordinators lost theirs. */
  async claim({ epoch, lsn }: { epoch: number; lsn: string }): Promise<LeaseOutcome> {
    return await this.#alone(async () => {
      if (this.#observation?.stored !== 'none') return 'lost';
      return await this.#write({ holder: this.#node, epoch, lsn, inSync: false, released: false }, 0);
    });
  }

  /**
   * Takes the lease from the holder whose record is `observed`, if that record is still the newest and `allowed` still
   * says so at the moment of sending.
   */
  async takeOver(observed: LeaseRecord, lsn: string, allowed: () => boolean): Promise<LeaseOutcome> {
    return await this.#alone(async () => {
      const stored = this.#observation?.stored;
      if (stored === undefined || stored === 'none' || stored.record.renewal !== observed.renewal) return 'lost';
      if (!allowed()) return 'lost';
      this.#takeoverRevision = stored.revision;
      const record = { holder: this.#node, epoch: observed.epoch + 1, lsn, inSync: false, released: false };
      return await this.#write(record, stored.revision);
    });
  }

  /** Gives the lease away; only after PostgreSQL has ended. */
  async release(lsn: string): Promise<LeaseOutcome> {
    return await this.#alone(() => this.#writeHeld({ lsn, inSync: this.#inSync, released: true }));
  }

  async #writeHeld(change: { lsn: string; inSync: boolean; released?: boolean }): Promise<LeaseOutcome> {
    const stored = this.#observation?.stored;
    if (stored === undefined || stored === 'none' || stored.record.holder !== this.#node) return 'lost';
    return await this.#write({ ...stored.record, released: false, ...change }, stored.revision);
  }

  async #write(content: Omit<LeaseRecord, 'renewal'>, revision: number): Promise<LeaseOutcome> {
    const startedAt = this.#now();
    const record = { ...content, renewal: randomUUID() };
    try {
      const answer = await this.#store.write(record, revision);
      const standing = answer === 'conflict' ? await this.#readAfterConflict() : { record, revision: answer.revision };
      this.#adopt(standing);
      if (standing === 'none' || standing.record.renewal !== record.renewal) return 'lost';
      this.#renewedAt = startedAt;
      return 'applied';
    } catch {
      return 'unknown';
    }
  }

  /** The conflict may be with this very write, sent through two servers; or with an older one of ours. */
  async #readAfterConflict(): Promise<ReadAnswer> {
    this.#store.preferAnother();
    return await this.#store.read();
  }

  #adopt(answer: ReadAnswer): void {
    const before = this.#observation?.stored;
    const now = this.#now();
    const revisionBefore = before === undefined || before === 'none' ? 0 : before.revision;
    const revision = answer === 'none' ? 0 : answer.revision;
    if (before !== undefined && revision < revisionBefore && !this.#staysOlder(revision, now)) return;
    this.#older = undefined;
    const changed = before === undefined || revision !== revisionBefore;
    this.#observation = {
      stored: answer,
      changedAt: changed ? now : (this.#observation?.changedAt ?? now),
      readAt: now,
    };
    if (!changed || answer === 'none') return;
    if (this.#takeoverRevision !== undefined && revision > this.#takeoverRevision) this.#takeoverRevision = undefined;
    const heldBefore = before !== undefined && before !== 'none' && before.record.holder === this.#node;
    // What this node wrote in an earlier life counts as written by it.
    if (!heldBefore || answer.record.holder !== this.#node) this.#inSync = answer.record.inSync;
  }

  /**
   * Older than what is known: usually a server that was cut off, which says nothing about now. But when the leader that
   * showed the newest record is lost, those left may not show it until somebody writes again, or may not have it. What
   * they say for a whole lease time is believed, because the compare-and-set decides in the end: it is refused where
   * the newer record turns up after all, and then that one is waited for once more.
   */
  #staysOlder(revision: number, now: number): boolean {
    if (this.#older?.revision !== revision) this.#older = { revision, since: now };
    return now - this.#older.since >= this.#leaseMs;
  }

  /** One request at a time, in order: a renewal never overtakes a change of `inSync`. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }
}

/** Longer than a few polls; a node that has heard nothing for longer does not know enough to contend. */
const RECENT_MS = 1000;
