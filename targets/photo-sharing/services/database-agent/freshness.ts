import { parsePosition } from './position.ts';

interface PrimaryPosition {
  at: number;
  position: bigint;
}

/**
 * How stale a standby's reads may be, from this node's clock alone: when the primary's position, asked for at some time,
 * has been replayed, then reads see everything up to that time.
 */
export class Freshness {
  #freshAsOf = Number.NEGATIVE_INFINITY;
  #pending: PrimaryPosition[] = [];

  /** `at`: a time at which the primary had not written more than `lsn`; the start of the request, when it was asked. */
  primaryWasAt(lsn: string, at: number): void {
    this.#pending.push({ at, position: parsePosition(lsn) });
    // The oldest are the ones that matter least: a newer position that is replayed covers them.
    if (this.#pending.length > PENDING_MOST) this.#pending.splice(1, 1);
  }

  replayed(lsn: string): void {
    const replayed = parsePosition(lsn);
    const reached = this.#pending.filter(({ position }) => position <= replayed);
    this.#freshAsOf = Math.max(this.#freshAsOf, ...reached.map(({ at }) => at));
    this.#pending = this.#pending.filter(({ position }) => position > replayed);
  }

  /** An upper limit; infinite before the first comparison. */
  staleMs(now: number): number {
    return now - this.#freshAsOf;
  }

  /** How far behind it was at a time in the past. */
  staleMsAt(time: number): number {
    return Math.max(0, time - this.#freshAsOf);
  }
}

const PENDING_MOST = 64;
