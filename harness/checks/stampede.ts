import { growth } from '../model/analysis/counter-increase.ts';
import { formatDuration } from '../model/analysis/format.ts';
import { holdSpan, type TimeSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { RunManifest, RunRecord } from '../model/run-record.ts';
import type { MetricSeries } from '../model/telemetry.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

const WINDOW_MS = 3000;
const STEP_MS = 1000;
/** Fewer misses in a window are not many at one time. */
const MISSES_MIN = 20;
/** Without protection it is 1; with it, those who are alone in missing something still have to load it. */
const LOADS_PER_MISS_MAX = 0.8;

export interface StampedeOptions {
  /** Name of the counter of looks into the cache, and of the counter of loads from the database. */
  readonly lookUps: string;
  readonly loads: string;
  /** Only series with these labels are counted. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the look-ups that found what they wanted. */
  readonly hits: Readonly<Record<string, string>>;
  /** What is looked up, as a noun in the plural. */
  readonly what: string;
}

interface Window extends TimeSpan {
  misses: number;
  loads: number;
}

/**
 * Of those who miss the same thing at one time, few load it. For experiments in which many want one and the same thing
 * and the cache loses it: from the last injection until the hold ends, in no three seconds of which as many ask the
 * database as find nothing in the cache.
 */
export function stampede(options: StampedeOptions): Check {
  const identity = { name: 'stampede', title: 'No stampede to the database', question: 'survive' } as const;
  return defineCheck(identity, (record) => conclude(record, options));
}

function conclude({ manifest, metrics }: RunRecord, options: StampedeOptions): Conclusion {
  const { what } = options;
  const span = spanOf(manifest);
  const windows = span === null ? [] : windowsOf(span, countersOf(metrics, options));
  const worst = windows
    .filter(({ misses }) => misses >= MISSES_MIN)
    .toSorted((one, other) => loadsPerMiss(other) - loadsPerMiss(one))[0];
  const limit = `at most ${LOADS_PER_MISS_MAX}`;
  const observed = worst === undefined || span === null ? 'too little was missed' : describe(worst, span, what);
  const isLoaded = windows.some(({ loads }) => loads > 0);
  return {
    expected: `in any ${formatDuration(WINDOW_MS)} ${limit} loads of ${what} for each look-up that found nothing`,
    observed,
    violated: worst !== undefined && loadsPerMiss(worst) > LOADS_PER_MISS_MAX,
    gaps: [
      ...(span === null ? ['no fault was injected'] : []),
      ...(worst === undefined
        ? [`no ${formatDuration(WINDOW_MS)} with ${MISSES_MIN} misses of ${what} are known`]
        : []),
      ...(isLoaded ? [] : [`no load of ${what} is known`]),
    ],
    sentences: {
      passed: `No stampede: ${observed} (${limit}).`,
      deviated: `Everybody asked the database: ${observed} (${limit}).`,
      inconclusive: 'It is not known whether those who missed the same thing all asked the database',
    },
    measurements: [
      { name: 'loads-per-miss', ...measured(worst, loadsPerMiss), unit: 'count', objective: LOADS_PER_MISS_MAX },
      { name: 'loads-per-second', ...measured(worst, ({ loads }) => perSecond(loads)), unit: 'per-second' },
      { name: 'misses-per-second', ...measured(worst, ({ misses }) => perSecond(misses)), unit: 'per-second' },
    ],
    advice:
      'Let one of those who miss the same thing load it and the others wait for that: in each server, and by a lock in the cache among them.',
  };
}

/** Before the last injection not everything was at work. */
function spanOf(manifest: RunManifest): TimeSpan | null {
  const hold = holdSpan(manifest);
  const injectedMs = Math.max(...manifest.faults.flatMap(({ actions }) => actions.map(({ atMs }) => atMs)));
  return hold === null ? null : { fromMs: injectedMs, toMs: hold.toMs };
}

interface Counters {
  misses: Increase[];
  loads: Increase[];
}

function countersOf(metrics: readonly MetricSeries[], { lookUps, loads, labels, hits }: StampedeOptions): Counters {
  const series = (name: string) => metrics.filter((one) => one.name === name && hasLabels(one, labels));
  return {
    misses: series(lookUps)
      .filter((one) => !hasLabels(one, hits))
      .flatMap(increasesOf),
    loads: series(loads).flatMap(increasesOf),
  };
}

interface Increase {
  atMs: number;
  by: number;
}

function increasesOf({ samples }: MetricSeries): Increase[] {
  return samples.slice(1).map(([atMs, value], index) => ({ atMs, by: growth(samples[index]![1], value) }));
}

function windowsOf({ fromMs, toMs }: TimeSpan, { misses, loads }: Counters): Window[] {
  const count = Math.max(0, Math.floor((toMs - fromMs - WINDOW_MS) / STEP_MS) + 1);
  return Array.from({ length: count }, (_, index) => {
    const window = { fromMs: fromMs + index * STEP_MS, toMs: fromMs + index * STEP_MS + WINDOW_MS };
    return { ...window, misses: sumIn(window, misses), loads: sumIn(window, loads) };
  });
}

function sumIn({ fromMs, toMs }: TimeSpan, increases: readonly Increase[]): number {
  return increases.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).reduce((total, { by }) => total + by, 0);
}

function describe(window: Window, { fromMs }: TimeSpan, what: string): string {
  const { misses, loads } = window;
  const rates = `${perSecond(loads).toFixed(1)} loads of ${what} for ${perSecond(misses).toFixed(1)} look-ups a second that found nothing`;
  return `in the worst ${formatDuration(WINDOW_MS)}, ${formatDuration(window.fromMs - fromMs)} after the last injection, there were ${rates}: ${loadsPerMiss(window).toFixed(2)} for each`;
}

function hasLabels(series: MetricSeries, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => series.labels[label] === value);
}

function measured(window: Window | undefined, of: (window: Window) => number): { value: number | null } {
  return { value: window === undefined ? null : of(window) };
}

function loadsPerMiss({ loads, misses }: Window): number {
  return loads / misses;
}

function perSecond(count: number): number {
  return count / (WINDOW_MS / 1000);
}
