import { build, type Histogram } from 'hdr-histogram-js';
import type { Outcome } from '../../model/operation.ts';
import type { GeneratorMessage } from '../../model/workload.ts';

type Message<Kind extends GeneratorMessage['message']> = Extract<GeneratorMessage, { message: Kind }>;

/** Histograms count whole microseconds; ten minutes is more than any time-out. */
const MICROSECONDS_PER_MS = 1000;
const LONGEST_MS = 600_000;

/** How the load goes, and how well the generator keeps to its schedule. */
export class Statistics {
  readonly #lag = millisecondHistogram();
  readonly #latency = millisecondHistogram();
  #scheduled = 0;
  #dropped = 0;
  #recent: Record<Outcome, number> = { ok: 0, fail: 0, info: 0 };
  #recentLagMaxMs = 0;
  #acknowledged: string[] = [];

  /** An operation of the schedule came to its turn, `lagMs` after it should have; also when it was then dropped. */
  due(lagMs: number): void {
    this.#scheduled += 1;
    record(this.#lag, lagMs);
    this.#recentLagMaxMs = Math.max(this.#recentLagMaxMs, lagMs);
  }

  /** An operation that was due could not be sent. */
  dropped(): void {
    this.#dropped += 1;
    this.#recent.fail += 1;
  }

  /** @param writeId of a write; what was read has none. */
  completed(outcome: Outcome, latencyMs: number, writeId?: string): void {
    this.#recent[outcome] += 1;
    if (outcome === 'ok' && writeId !== undefined) this.#acknowledged.push(writeId);
    record(this.#latency, latencyMs);
  }

  /** Since the last call; latencies are of the operations that ended since then. */
  progress(atMs: number, inFlight: number): Message<'progress'> {
    const message: Message<'progress'> = {
      message: 'progress',
      atMs,
      scheduled: this.#scheduled,
      ...this.#recent,
      inFlight,
      p99Ms: this.#latency.totalCount === 0 ? null : percentile(this.#latency, 99),
      lagMaxMs: this.#recentLagMaxMs,
      acknowledged: this.#acknowledged,
    };
    this.#acknowledged = [];
    this.#recent = { ok: 0, fail: 0, info: 0 };
    this.#recentLagMaxMs = 0;
    this.#latency.reset();
    return message;
  }

  stopped(): Message<'stopped'> {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    return {
      message: 'stopped',
      scheduled: this.#scheduled,
      dropped: this.#dropped,
      lagP50Ms: percentile(this.#lag, 50),
      lagP99Ms: percentile(this.#lag, 99),
      lagMaxMs: this.#lag.maxValue / MICROSECONDS_PER_MS,
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakMemoryBytes: maxRSS * 1024,
    };
  }
}

function millisecondHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MS * MICROSECONDS_PER_MS,
    numberOfSignificantValueDigits: 3,
  });
}

function record(histogram: Histogram, durationMs: number): void {
  histogram.recordValue(Math.round(Math.min(Math.max(0, durationMs), LONGEST_MS) * MICROSECONDS_PER_MS));
}

function percentile(histogram: Histogram, percent: number): number {
  return histogram.getValueAtPercentile(percent) / MICROSECONDS_PER_MS;
}
