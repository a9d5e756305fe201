import { latencyMsOf, type Operation } from '../operation.ts';
import type { TimeSpan } from './phases.ts';

/** Operations whose intended start lies in [fromMs, toMs). */
export interface Window extends TimeSpan {
  operations: number;
  ok: number;
  fail: number;
  info: number;
  /** Share that succeeded, 0..1; unknown outcomes count against it. Null without operations. */
  availability: number | null;
  /**
   * Of successful operations only, from the intended start: a quick refusal must not make latency look good, and what
   * timed out already counts against availability. Null when nothing succeeded.
   */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
}

export interface WindowOptions extends TimeSpan {
  stepMs: number;
  lengthMs: number;
}

/** Sums of times in fractions of milliseconds are not exact; this is far below what any clock here resolves. */
const ROUNDING_MS = 1e-6;

/** Every whole window of `lengthMs` within the span, each `stepMs` after the one before; they may overlap. */
export function windowsOf(operations: readonly Operation[], options: WindowOptions): Window[] {
  const { fromMs, toMs, stepMs, lengthMs } = options;
  if (!(stepMs > 0 && lengthMs > 0)) {
    throw new RangeError(`expected a step and a length above 0 ms, got ${stepMs} and ${lengthMs}`);
  }
  const timeline = new Timeline(operations);
  const windows: Window[] = [];
  for (let startMs = fromMs; startMs + lengthMs <= toMs + ROUNDING_MS; ) {
    windows.push(timeline.window({ fromMs: startMs, toMs: startMs + lengthMs }));
    startMs = fromMs + windows.length * stepMs;
  }
  return windows;
}

/** One window over the whole span. */
export function windowOver(operations: readonly Operation[], span: TimeSpan): Window {
  return new Timeline(operations).window(span);
}

/** Operations in order of their intended start, ready to be cut into windows. */
class Timeline {
  readonly #ordered: readonly Operation[];
  readonly #intendedMs: Float64Array;
  /** NaN for those that did not succeed. */
  readonly #latencyMs: Float64Array;

  constructor(operations: readonly Operation[]) {
    this.#ordered = isOrdered(operations)
      ? operations
      : operations.toSorted((one, other) => one.intendedMs - other.intendedMs);
    this.#intendedMs = Float64Array.from(this.#ordered, ({ intendedMs }) => intendedMs);
    this.#latencyMs = Float64Array.from(this.#ordered, (operation) =>
      operation.outcome === 'ok' ? (latencyMsOf(operation) ?? Number.NaN) : Number.NaN,
    );
  }

  window({ fromMs, toMs }: TimeSpan): Window {
    const first = this.#firstFrom(fromMs);
    const end = Math.max(first, this.#firstFrom(toMs));
    const counts = { ok: 0, fail: 0, info: 0 };
    for (let index = first; index < end; index += 1) counts[this.#ordered[index]!.outcome] += 1;
    const latenciesMs = this.#latencyMs
      .subarray(first, end)
      .filter((latencyMs) => !Number.isNaN(latencyMs))
      .sort();
    const operations = end - first;
    return {
      fromMs,
      toMs,
      operations,
      ...counts,
      availability: operations === 0 ? null : counts.ok / operations,
      p50Ms: percentile(latenciesMs, 0.5),
      p95Ms: percentile(latenciesMs, 0.95),
      p99Ms: percentile(latenciesMs, 0.99),
    };
  }

  /** Index of the first operation that was intended at or after a time. */
  #firstFrom(timeMs: number): number {
    let low = 0;
    let high = this.#intendedMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#intendedMs[middle]! < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isOrdered(operations: readonly Operation[]): boolean {
  return operations.every(
    (operation, index) => index === 0 || operations[index - 1]!.intendedMs <= operation.intendedMs,
  );
}

/** Nearest rank: the smallest value that at least this share of all values does not exceed. */
function percentile(sorted: Float64Array, share: number): number | null {
  return sorted.length === 0 ? null : sorted[Math.ceil(share * sorted.length) - 1]!;
}
