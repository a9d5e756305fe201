import type { Clock } from '../../base/clock.ts';

/** A clock that only moves when somebody sleeps on it, or when a test moves it. */
export class SimulatedClock implements Clock {
  #nowMs: number;

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Like timers, rounds up to a whole millisecond. */
  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.advance(Math.max(1, Math.ceil(durationMs)));
  }
}
