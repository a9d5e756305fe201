/** What the right to serve as primary rests on; times are starts of requests, on this node's monotonic clock. */
export interface Grounds {
  /** Start of the last acknowledged renewal of the lease. */
  renewedAt: number | undefined;
  /** Start of the last request that the standby answered with its promise not to promote for a lease time. */
  promisedAt: number | undefined;
  stepDownMs: number;
}

/**
 * Until when this node may serve as primary. Both grounds end for a contender a lease time after their start at the
 * earliest; the step-down limit is shorter by what fencing may take. Minus infinity without any ground.
 */
export function servesUntil({ renewedAt, promisedAt, stepDownMs }: Grounds): number {
  return Math.max(renewedAt ?? Number.NEGATIVE_INFINITY, promisedAt ?? Number.NEGATIVE_INFINITY) + stepDownMs;
}

/** Whether only the standby's promise still allows to serve. */
export function isFailsafe({ renewedAt, promisedAt, stepDownMs }: Grounds, now: number): boolean {
  const byLease = renewedAt !== undefined && now < renewedAt + stepDownMs;
  return !byLease && promisedAt !== undefined && now < promisedAt + stepDownMs;
}
