import type { ToxiproxyExtensions } from './extensions.ts';

/** Longer than any stall of a busy harness, short enough that a target is whole again soon after its harness died. */
export const LEASE_MS = 10_000;
const RENEWAL_INTERVAL_MS = 1000;

/**
 * The dead-man switch: renews every lease of the Toxiproxy server while this process lives, so that faults in the
 * network, and then the server itself, end when it does not.
 */
export class LeaseKeeper {
  readonly #extensions: ToxiproxyExtensions;
  readonly #leaseMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(extensions: ToxiproxyExtensions, { leaseMs = LEASE_MS, intervalMs = RENEWAL_INTERVAL_MS } = {}) {
    this.#extensions = extensions;
    this.#leaseMs = leaseMs;
    this.#timer = setInterval(() => this.#renew(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A renewal that fails is followed by the next; that a cut ended for want of one shows when it is restored. */
  #renew(): void {
    this.#extensions.renewLeases(this.#leaseMs).catch(() => undefined);
  }
}
