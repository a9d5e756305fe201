/**
 * Milliseconds of the machine's monotonic clock. Unlike `performance.now()` it has one origin for all processes of a
 * machine, so that the agent can tell its dead-man's switch a deadline.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
