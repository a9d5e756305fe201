import type { Operation } from '../operation.ts';
import type { TimeSpan } from './phases.ts';

/** A part of a span, and how many operations each server answered in it. */
export interface ServedStep extends TimeSpan {
  /** By the name of the server; one that answered none is not in it. */
  readonly served: ReadonlyMap<string, number>;
}

/** Who served, in steps of time, by when operations were sent; a last step that is not whole is left out. */
export function servedIn(
  operations: readonly Operation[],
  { fromMs, toMs, stepMs }: TimeSpan & { stepMs: number },
): ServedStep[] {
  if (!(stepMs > 0)) throw new RangeError(`expected a step above 0 ms, got ${stepMs}`);
  const steps = Array.from({ length: Math.max(0, Math.floor((toMs - fromMs) / stepMs)) }, (_, index) => ({
    fromMs: fromMs + index * stepMs,
    toMs: fromMs + (index + 1) * stepMs,
    served: new Map<string, number>(),
  }));
  for (const { startMs, servedBy } of operations) {
    const step = steps[Math.floor((startMs - fromMs) / stepMs)];
    if (step === undefined || servedBy === undefined) continue;
    step.served.set(servedBy, (step.served.get(servedBy) ?? 0) + 1);
  }
  return steps;
}
