import { latencyMsOf, type Operation, type Outcome } from '../operation.ts';
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

/** Operations in order of their intended start, with sums so that no window has to count. */
class Timeline {
  readonly #intendedMs: Float64Array;
  /** How many of the first n operations had each outcome; one longer than the operations. */
  readonly #before: Readonly<Record<Outcome, Uint32Array>>;
  /** Of the successful ones, in the same order. */
  readonly #latencyMs: Float64Array;

  constructor(operations: readonly Operation[]) {
    const ordered = isOrdered(operations)
      ? operations
      : operations.toSorted((one, other) => one.intendedMs - other.intendedMs);
    this.#intendedMs = Float64Array.from(ordered, ({ intendedMs }) => intendedMs);
    this.#before = { ok: countsOf(ordered, 'ok'), fail: countsOf(ordered, 'fail'), info: countsOf(ordered, 'info') };
    const good = ordered.filter(({ outcome }) => outcome === 'ok');
    this.#latencyMs = Float64Array.from(good, (operation) => latencyMsOf(operation) ?? Infinity);
  }

  window({ fromMs, toMs }: TimeSpan): Window {
    const first = this.#firstFrom(fromMs);
    const end = Math.max(first, this.#firstFrom(toMs));
    const count = (outcome: Outcome) => this.#before[outcome][end]! - this.#before[outcome][first]!;
    const { ok: okBefore } = this.#before;
    const latenciesMs = this.#latencyMs.slice(okBefore[first], okBefore[end]).sort();
    const operations = end - first;
    const ok = count('ok');
    return {
      fromMs,
      toMs,
      operations,
      ok,
      fail: count('fail'),
      info: count('info'),
      availability: operations === 0 ? null : ok / operations,
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

function countsOf(operations: readonly Operation[], outcome: Outcome): Uint32Array {
  const counts = new Uint32Array(operations.length + 1);
  operations.forEach((operation, index) => {
    counts[index + 1] = counts[index]! + (operation.outcome === outcome ? 1 : 0);
  });
  return counts;
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
