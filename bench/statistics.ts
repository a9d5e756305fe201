/** The middle value; for an even number of values the upper of the two in the middle. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** `median 7.9 s (7.1 to 9.2, n = 5)` */
export function summarize(values: readonly number[], unit = ''): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return `median ${[median(values).toFixed(1), unit].join(' ').trim()} (${low} to ${high}, n = ${values.length})`;
}
