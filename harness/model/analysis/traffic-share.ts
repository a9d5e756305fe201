import type { Operation } from '../operation.ts';
import type { TimeSpan } from './phases.ts';

export interface TrafficShare {
  /** Start of the step. */
  atMs: number;
  /** Operations that dialled a datacenter; those that had no address or were dropped dialled none. */
  total: number;
  /** By zone, 0..1, summing to 1; empty when nobody dialled. */
  shares: Record<string, number>;
}

/** Which datacenter clients dialled, in steps of time, by intended start. The last step may be cut short. */
export function trafficShare(
  operations: readonly Operation[],
  { fromMs, toMs, stepMs }: TimeSpan & { stepMs: number },
): TrafficShare[] {
  if (!(stepMs > 0)) throw new RangeError(`expected a step above 0 ms, got ${stepMs}`);
  const steps = Math.max(0, Math.ceil((toMs - fromMs) / stepMs));
  const dialled = Array.from({ length: steps }, () => new Map<string, number>());
  for (const { intendedMs, datacenter } of operations) {
    if (datacenter === undefined || intendedMs < fromMs || intendedMs >= toMs) continue;
    const counts = dialled[Math.floor((intendedMs - fromMs) / stepMs)]!;
    counts.set(datacenter, (counts.get(datacenter) ?? 0) + 1);
  }
  return dialled.map((counts, step) => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const shares = Object.fromEntries([...counts].map(([zone, count]) => [zone, count / total]));
    return { atMs: fromMs + step * stepMs, total, shares };
  });
}
