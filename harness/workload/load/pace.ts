/** A part of the schedule that goes at one speed, up to the beginning of the next. */
interface Stretch {
  /** Where in the schedule it begins. */
  readonly offsetMs: number;
  /** When that is due. */
  readonly dueMs: number;
  readonly factor: number;
}

/**
 * When the arrivals of a schedule are due. The schedule itself never changes, so that a seed stands for the same
 * operations in the same order; it is only gone through faster or slower from some moment on.
 */
export class Pace {
  readonly #stretches: Stretch[];
  #changed = new AbortController();

  /** @param startMs when the schedule begins */
  constructor(startMs: number) {
    this.#stretches = [{ offsetMs: 0, dueMs: startMs, factor: 1 }];
  }

  /** Arrivals that were due before a change keep their times, even if they were not sent yet. */
  dueMs(offsetMs: number): number {
    const { offsetMs: fromMs, dueMs, factor } = this.#stretches.findLast((stretch) => stretch.offsetMs <= offsetMs)!;
    return dueMs + (offsetMs - fromMs) / factor;
  }

  /** From now on the schedule goes `factor` times as fast as planned. */
  change(factor: number, nowMs: number): void {
    const last = this.#stretches.at(-1)!;
    const dueMs = Math.max(nowMs, last.dueMs);
    this.#stretches.push({ offsetMs: last.offsetMs + (dueMs - last.dueMs) * last.factor, dueMs, factor });
    this.#changed.abort();
    this.#changed = new AbortController();
  }

  /** Aborted by the next change: whoever waits for an arrival must look again when it is due. */
  get changed(): AbortSignal {
    return this.#changed.signal;
  }
}
