/** How often the lag is measured, about. */
export const MEASURED_EVERY_MS = 250;
/** Of the asked lag, and the least: how near the measured lag must be. */
const TOLERANCE = 0.2;
const TOLERANCE_MS_MIN = 250;
/** How much of what is missing is added to the latency with each measurement. */
const GAIN = 0.25;
/**
 * Log that is held back arrives no more: with a quicker rise the standby would hear nothing for longer than it waits for
 * its primary (4 s here), and would connect anew, which takes an answer within 2 s.
 */
const STEP_MS_MAX = MEASURED_EVERY_MS / 2;

export function lagToleranceMs(lagMs: number): number {
  return Math.max(TOLERANCE * lagMs, TOLERANCE_MS_MIN);
}

/**
 * The next latency of the replication edge, from what it is now and the lag that was measured with it. All log is late by
 * the latency at least, so it never needs to be more than the asked lag.
 */
export function nextLatencyMs({
  latencyMs,
  measuredMs,
  lagMs,
}: Readonly<Record<'latencyMs' | 'measuredMs' | 'lagMs', number>>): number {
  const missingMs = lagMs - measuredMs;
  if (Math.abs(missingMs) <= lagToleranceMs(lagMs) / 2) return latencyMs;
  const step = Math.min(STEP_MS_MAX, Math.max(-STEP_MS_MAX, GAIN * missingMs));
  return Math.round(Math.min(lagMs, Math.max(0, latencyMs + step)));
}
