import type { Alarm, Scheduler } from '../scheduler.ts';

/** Time that stands still until `advance` turns it: alarms ring in the order of their times. */
export class ManualScheduler implements Scheduler {
  #nowMs = 1000;
  readonly #set = new Map<object, { atMs: number; ring: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  alarm(ring: () => void): Alarm {
    const key = {};
    return {
      set: (atMs) => void this.#set.set(key, { atMs, ring }),
      clear: () => void this.#set.delete(key),
    };
  }

  /** How many alarms are waiting. */
  get waiting(): number {
    return this.#set.size;
  }

  advance(durationMs: number): void {
    const untilMs = this.#nowMs + durationMs;
    for (let next = this.#next(); next !== undefined && next[1].atMs <= untilMs; next = this.#next()) {
      const [key, { atMs, ring }] = next;
      this.#set.delete(key);
      this.#nowMs = Math.max(this.#nowMs, atMs);
      ring();
    }
    this.#nowMs = untilMs;
  }

  /** Time passes first and alarms ring after it, late: a process that was busy. */
  stall(durationMs: number): void {
    this.#nowMs += durationMs;
    this.advance(0);
  }

  #next(): [object, { atMs: number; ring: () => void }] | undefined {
    return [...this.#set].reduce<[object, { atMs: number; ring: () => void }] | undefined>(
      (first, entry) => (first === undefined || entry[1].atMs < first[1].atMs ? entry : first),
      undefined,
    );
  }
}
