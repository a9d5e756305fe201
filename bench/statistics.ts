import { median } from '../harness/base/median.ts';

/** The smallest value that this share of all values, 0 to 1, does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * values.length) - 1)] ?? Number.NaN;
}

/** `median 7.9 s (7.1 to 9.2, n = 5)` */
export function summarize(values: readonly number[], unit = ''): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return `median ${[median(values).toFixed(1), unit].join(' ').trim()} (${low} to ${high}, n = ${values.length})`;
}
