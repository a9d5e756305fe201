import type { MetricSeries } from '../telemetry.ts';
import type { TimeSpan } from './phases.ts';

/** By how much a counter grew from one sample to the next. One that became smaller began anew with its program. */
export function growth(before: number, value: number): number {
  return value >= before ? value - before : value;
}

/**
 * By how much a counter grew from the last sample before a span to the last one in it. Null when the series has no sample in the span: then nothing is known.
 */
export function counterIncrease({ samples }: Pick<MetricSeries, 'samples'>, { fromMs, toMs }: TimeSpan): number | null {
  const within = samples.filter(([atMs]) => atMs >= fromMs && atMs < toMs);
  if (within.length === 0) return null;
  // A series begins with the first event of its kind, at 0.
  let last = samples.findLast(([atMs]) => atMs < fromMs)?.[1] ?? 0;
  let increase = 0;
  for (const [, value] of within) {
    increase += growth(last, value);
    last = value;
  }
  return increase;
}
