/** What a node has used since it was first started. */
export interface Totals {
  readonly cpuSeconds: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

const NOTHING: Totals = { cpuSeconds: 0, readBytes: 0, writtenBytes: 0 };

/** Totals over all lives of a node: what was counted before it died is kept, so they never shrink. */
export class UsageTotals {
  #earlier: Totals = NOTHING;
  #latest: Totals = NOTHING;

  get value(): Totals {
    return combine(this.#earlier, this.#latest, (earlier, latest) => earlier + latest);
  }

  /** What this life has used so far. */
  note(totals: Totals): void {
    this.#latest = combine(this.#latest, totals, Math.max);
  }

  /** To be called when the node is started again: its new life counts from zero. */
  restart(): void {
    this.#earlier = this.value;
    this.#latest = NOTHING;
  }
}

function combine(a: Totals, b: Totals, how: (a: number, b: number) => number): Totals {
  return {
    cpuSeconds: how(a.cpuSeconds, b.cpuSeconds),
    readBytes: how(a.readBytes, b.readBytes),
    writtenBytes: how(a.writtenBytes, b.writtenBytes),
  };
}
