/** Whether each of these writes is where clients would look for it; null: nobody answered. */
export type FindWrites = (writeIds: readonly string[]) => Promise<ReadonlySet<string> | null>;

/** Looked up in turn, and again of those that were missing: at the default rate all of a run within a few seconds. */
const TURN = 100;
const MISSING = 50;

/** Acknowledged writes that are missing while the run goes on; the ledger read-back afterwards has the last word. */
export class LostWrites {
  readonly #find: FindWrites;
  readonly #acknowledged: string[] = [];
  readonly #missing = new Set<string>();
  #next = 0;

  constructor(find: FindWrites) {
    this.#find = find;
  }

  acknowledged(writeIds: readonly string[]): void {
    this.#acknowledged.push(...writeIds);
  }

  /**
   * Looks up what was missing the last time, and goes on where it ended among all others: every write comes up again
   * and again.
   * @returns how many are known to be missing now; null when nobody answered, or nothing has been acknowledged.
   */
  async count(): Promise<number | null> {
    const asked = [...new Set([...[...this.#missing].slice(0, MISSING), ...this.#turn()])];
    if (asked.length === 0) return null;
    const found = await this.#find(asked);
    if (found === null) return null;
    for (const writeId of asked) {
      if (found.has(writeId)) this.#missing.delete(writeId);
      else this.#missing.add(writeId);
    }
    return this.#missing.size;
  }

  #turn(): string[] {
    const writeIds = this.#acknowledged.slice(this.#next, this.#next + TURN);
    this.#next = this.#next + writeIds.length < this.#acknowledged.length ? this.#next + writeIds.length : 0;
    return writeIds;
  }
}
