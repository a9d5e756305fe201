import type { LeaseRecord } from './lease-record.ts';

/** What a primary that cannot reach the lease asks of its standby. */
export interface PromiseRequest {
  from: string;
  epoch: number;
}

export type PromiseAnswer = { granted: true; promiseMs: number } | { granted: false; reason: string };

interface KnownToKeeper {
  record: LeaseRecord | 'none' | 'unknown';
  takeoverPending: boolean;
  servesAsPrimary: boolean;
}

/**
 * The standby's side of the failsafe. A promise lasts one lease time: a standby that forgets it by restarting still
 * waits that long, because it has to see the lease unchanged for a lease time after its start.
 */
export class PromiseKeeper {
  readonly #promiseMs: number;
  readonly #now: () => number;
  #until = Number.NEGATIVE_INFINITY;

  constructor(promiseMs: number, now: () => number) {
    this.#promiseMs = promiseMs;
    this.#now = now;
  }

  get bound(): boolean {
    return this.#now() < this.#until;
  }

  answer({ from, epoch }: PromiseRequest, known: KnownToKeeper): PromiseAnswer {
    if (known.servesAsPrimary) return { granted: false, reason: 'this node is the primary' };
    // A takeover that was sent may be applied at any time: nothing can be promised any more.
    if (known.takeoverPending) return { granted: false, reason: 'a takeover is on its way' };
    if (typeof known.record === 'object' && (known.record.holder !== from || known.record.epoch > epoch)) {
      return { granted: false, reason: `the lease is held by ${known.record.holder} in epoch ${known.record.epoch}` };
    }
    this.#until = this.#now() + this.#promiseMs;
    return { granted: true, promiseMs: this.#promiseMs };
  }
}
