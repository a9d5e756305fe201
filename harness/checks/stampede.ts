import { formatDuration, formatList, formatShare } from '../model/analysis/format.ts';
import { holdSpan, type TimeSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { MetricSeries } from '../model/telemetry.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

const WINDOW_MS = 3000;
const STEP_MS = 1000;
/** Fewer of them in a window are not many at one time. */
const LOOK_UPS_MIN = 30;
/** More than this, and those who miss something at one time do not wait for each other. */
const LOADED_SHARE_MAX = 0.5;

export interface StampedeOptions {
  /** Name of the counter of looks into the cache, and of the counter of loads from the database. */
  readonly lookUps: string;
  readonly loads: string;
  /** Only the series with these labels are counted. */
  readonly labels: Readonly<Record<string, string>>;
  /** What is looked up, as a noun in the plural. */
  readonly what: string;
}

interface Window extends TimeSpan {
  lookUps: number;
  loads: number;
}

/**
 * What many look up at one time is loaded by few: in no three seconds of the fault do more than half of those who look
 * into the cache ask the database. For experiments in which many want one and the same thing, and the cache loses it.
 */
export function stampede(options: StampedeOptions): Check {
  const identity = { name: 'stampede', title: 'No stampede to the database', question: 'survive' } as const;
  return defineCheck(identity, (record) => conclude(record, options));
}

function conclude({ manifest, metrics }: RunRecord, { lookUps, loads, labels, what }: StampedeOptions): Conclusion {
  const span = holdSpan(manifest);
  const windows = span === null ? [] : windowsOf(span, { lookUps: added(lookUps), loads: added(loads) });
  const busy = windows.filter((window) => window.lookUps >= LOOK_UPS_MIN);
  const worst = busy.toSorted((one, other) => shareOf(other) - shareOf(one))[0];
  const total = (span === null ? [] : added(loads)).filter(({ atMs }) => isIn(span!, atMs)).reduce(sum, 0);
  const limit = `at most ${formatShare(LOADED_SHARE_MAX)}`;
  const observed = worst === undefined ? 'no window had enough look-ups' : describe(worst, span!, what);
  return {
    expected: `in any ${formatDuration(WINDOW_MS)} ${limit} of those who look up ${what} ask the database`,
    observed,
    violated: worst !== undefined && shareOf(worst) > LOADED_SHARE_MAX,
    gaps: [
      ...(span === null ? ['no fault was injected'] : []),
      ...(worst === undefined
        ? [`no ${formatDuration(WINDOW_MS)} with ${LOOK_UPS_MIN} look-ups of ${what} are known`]
        : []),
      ...(total === 0 ? [`no load of ${what} is known`] : []),
    ],
    sentences: {
      passed: `No stampede: ${observed} (${limit}).`,
      deviated: `The database was asked by nearly everybody: ${observed} (${limit}).`,
      inconclusive: 'It is not known whether those who missed the cache all asked the database',
    },
    measurements: [
      {
        name: 'loaded-share',
        value: worst === undefined ? null : 100 * shareOf(worst),
        unit: '%',
        objective: 100 * LOADED_SHARE_MAX,
      },
      { name: 'loads-per-second', value: worst === undefined ? null : perSecond(worst.loads), unit: 'per-second' },
      { name: 'look-ups-per-second', value: worst === undefined ? null : perSecond(worst.lookUps), unit: 'per-second' },
    ],
    advice:
      'Let one of those who miss the same thing load it and the others wait for that: in each server, and by a lock in the cache among them.',
  };

  function added(name: string) {
    return metrics.filter((series) => series.name === name && hasLabels(series, labels)).flatMap(increasesOf);
  }
}

interface Increase {
  atMs: number;
  by: number;
}

/** A counter that went back was started again at nothing. */
function increasesOf({ samples }: MetricSeries): Increase[] {
  return samples.slice(1).map(([atMs, value], index) => {
    const before = samples[index]![1];
    return { atMs, by: value >= before ? value - before : value };
  });
}

function windowsOf({ fromMs, toMs }: TimeSpan, counted: { lookUps: Increase[]; loads: Increase[] }): Window[] {
  const count = Math.max(0, Math.floor((toMs - fromMs - WINDOW_MS) / STEP_MS) + 1);
  return Array.from({ length: count }, (_, index) => {
    const window = { fromMs: fromMs + index * STEP_MS, toMs: fromMs + index * STEP_MS + WINDOW_MS };
    const inWindow = (increases: Increase[]) => increases.filter(({ atMs }) => isIn(window, atMs)).reduce(sum, 0);
    return { ...window, lookUps: inWindow(counted.lookUps), loads: inWindow(counted.loads) };
  });
}

function describe(window: Window, span: TimeSpan, what: string): string {
  const rates = formatList([
    `${perSecond(window.lookUps).toFixed(1)} look-ups of ${what}`,
    `${perSecond(window.loads).toFixed(1)} loads from the database`,
  ]);
  const after = formatDuration(window.fromMs - span.fromMs);
  return `in the worst ${formatDuration(WINDOW_MS)}, ${after} after the fault began, there were ${rates} a second: ${formatShare(shareOf(window))}`;
}

function hasLabels(series: MetricSeries, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => series.labels[label] === value);
}

function isIn({ fromMs, toMs }: TimeSpan, atMs: number): boolean {
  return atMs >= fromMs && atMs < toMs;
}

const sum = (total: number, { by }: Increase) => total + by;
const shareOf = ({ loads, lookUps }: Window) => loads / lookUps;
const perSecond = (count: number) => count / (WINDOW_MS / 1000);
