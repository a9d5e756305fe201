/** Thrown by a deadline that passed; whether the work goes on elsewhere is not known. */
export class DeadlineExceeded extends Error {
  constructor(what: string, limitMs: number) {
    super(`no answer within ${limitMs} ms: ${what}`);
    this.name = 'DeadlineExceeded';
  }
}

/** A fixed amount of time for several steps together, on the monotonic clock. */
export class Deadline {
  readonly #limitMs: number;
  readonly #endMs: number;

  private constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#endMs = performance.now() + limitMs;
  }

  static after(limitMs: number): Deadline {
    return new Deadline(limitMs);
  }

  get remainingMs(): number {
    return Math.max(0, this.#endMs - performance.now());
  }

  /** The result of `work`, unless the time is over first: then DeadlineExceeded, and the late result is dropped. */
  async race<T>(what: string, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      // Timers count in whole milliseconds and may be one early: who is told that the time is over finds none left.
      const timerMs = Math.ceil(this.remainingMs) + 1;
      timer = setTimeout(() => reject(new DeadlineExceeded(what, this.#limitMs)), timerMs);
    });
    work.catch(() => undefined);
    try {
      return await Promise.race([work, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}
