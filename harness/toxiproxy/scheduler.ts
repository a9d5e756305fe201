/** The clock that toxics read and the alarms that they sleep on: one thing, so that tests can turn both by hand. */
export interface Scheduler {
  /** Milliseconds with fractions from a fixed origin; never runs backwards. */
  nowMs(): number;
  /** `ring` is called once per `set`, never before its time. */
  alarm(ring: () => void): Alarm;
}

export interface Alarm {
  /** Replaces the time that was set before. */
  set(atMs: number): void;
  clear(): void;
}

/** The longest wait that `setTimeout` can do in one go; longer waits are done in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemScheduler: Scheduler = {
  nowMs: () => performance.now(),
  alarm: (ring) => new SystemAlarm(ring),
};

/**
 * A timer that wakes up this little too early looks at the clock again on every turn of the event loop. Another timer would
 * take up to 1 ms, which is most of what a toxic's delay would be wrong by; looking for longer would cost too much.
 */
const WATCH_MS = 0.3;

/** Node's timers count whole milliseconds of a clock that was rounded down, so they can be early: then wait again. */
class SystemAlarm implements Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #atMs = 0;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  set(atMs: number): void {
    this.clear();
    this.#atMs = atMs;
    this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
  }

  #wait(): void {
    const remainingMs = Math.min(Math.max(this.#atMs - performance.now(), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(remainingMs));
  }

  #wake(): void {
    const earlyMs = this.#atMs - performance.now();
    if (earlyMs > WATCH_MS) this.#wait();
    else if (earlyMs > 0) this.#turn = setImmediate(() => this.#wake());
    else {
      this.clear();
      this.#ring();
    }
  }
}
