import type { Alarm, Scheduler } from './scheduler.ts';

interface Lease {
  alarm: Alarm;
  end: () => void;
}

/** Things that undo themselves when nobody renews them: the dead-man switch of whoever applied them. */
export class LeaseBook {
  readonly #scheduler: Scheduler;
  readonly #leases = new Map<object, Lease>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** `end` is called once after `durationMs` unless the subject's lease is renewed or released before. */
  grant(subject: object, durationMs: number, end: () => void): void {
    this.release(subject);
    const alarm = this.#scheduler.alarm(() => this.#expire(subject));
    this.#leases.set(subject, { alarm, end });
    alarm.set(this.#scheduler.nowMs() + durationMs);
  }

  release(subject: object): void {
    this.#leases.get(subject)?.alarm.clear();
    this.#leases.delete(subject);
  }

  /** Every lease ends `durationMs` from now; returns how many there are. */
  renewAll(durationMs: number): number {
    const untilMs = this.#scheduler.nowMs() + durationMs;
    for (const { alarm } of this.#leases.values()) alarm.set(untilMs);
    return this.#leases.size;
  }

  /** Ends every lease now; returns how many there were. */
  endAll(): number {
    const subjects = [...this.#leases.keys()];
    for (const subject of subjects) this.#expire(subject);
    return subjects.length;
  }

  /** Forgets every lease without ending what it was for. */
  clear(): void {
    for (const { alarm } of this.#leases.values()) alarm.clear();
    this.#leases.clear();
  }

  #expire(subject: object): void {
    const lease = this.#leases.get(subject);
    this.release(subject);
    lease?.end();
  }
}
