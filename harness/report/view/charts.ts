import { formatCount, formatDuration, formatPercent } from '../../model/analysis/format.ts';
import { phaseSpan, type TimeSpan } from '../../model/analysis/phases.ts';
import { trafficShare } from '../../model/analysis/traffic-share.ts';
import { type Window, windowsOf } from '../../model/analysis/windows.ts';
import type { RunRecord } from '../../model/run-record.ts';
import type { MetricSeries } from '../../model/telemetry.ts';
import type { RunTimes } from './times.ts';

/** No chart has more points than this; longer runs get wider windows, and say so. */
const POINTS_MAX = 600;
const SHORTEST_STEP_MS = 1000;
const TABLE_ROWS_MAX = 16;
/** In steps: times in fractions of milliseconds do not add up exactly. */
const ROUNDING = 1e-6;

export type LineStyle = 'solid' | 'dashed' | 'dotted';
export type LineColour = 'good' | 'bad' | 'unknown' | 'first' | 'second' | 'third' | 'fourth';

export interface ChartLine {
  label: string;
  colour: LineColour;
  style: LineStyle;
  values: (number | null)[];
}

export interface ChartView {
  id: string;
  title: string;
  /** What the reader should see in it. */
  summary: string;
  unit: 'per second' | '%' | 'ms';
  scale: 'linear' | 'percent' | 'logarithmic';
  /** Seconds since the origin of the run's times: the middle of each window. */
  seconds: number[];
  lines: ChartLine[];
  /** The same in fewer, wider windows, as text. */
  table: { columns: string[]; rows: string[][] };
}

export interface ChartsView {
  charts: ChartView[];
  /** What could not be drawn, and why. */
  missing: string[];
  stepMs: number;
  /** Whether windows were made wider than a second to keep the report small. */
  thinned: boolean;
}

/** Equal windows over a stretch of time. */
interface Grid extends TimeSpan {
  stepMs: number;
}

/** A line before it is laid on a grid: how to measure it in every window of one. */
interface LineDefinition extends Omit<ChartLine, 'values'> {
  measure: (grid: Grid) => (number | null)[];
}

interface ChartDefinition extends Pick<ChartView, 'id' | 'title' | 'summary' | 'unit' | 'scale'> {
  lines: LineDefinition[];
}

/** Charts over the time in which clients were active. */
export function chartsOf(record: RunRecord, times: RunTimes): ChartsView {
  const span = activeSpan(record);
  if (span === null) {
    return {
      charts: [],
      missing: ['No operation was recorded, so there is nothing to draw.'],
      stepMs: 0,
      thinned: false,
    };
  }
  const fine = gridOver(span, POINTS_MAX, times);
  const coarse = gridOver(span, TABLE_ROWS_MAX, times);
  const lag = replicationLagChart(record.metrics);
  const definitions = [...clientCharts(record), ...(lag === null ? [] : [lag])];
  return {
    charts: definitions.map((definition) => drawn(definition, fine, coarse, times)),
    missing: lag === null ? ['No series of replication lag was recorded.'] : [],
    stepMs: fine.stepMs,
    thinned: fine.stepMs > SHORTEST_STEP_MS,
  };
}

/** From the warm-up on, or from the first operation where there was none, to the last operation. */
function activeSpan({ operations, manifest }: RunRecord): TimeSpan | null {
  const warmUp = phaseSpan(manifest, 'warm-up');
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { intendedMs } of operations) {
    if (warmUp !== null && intendedMs < warmUp.fromMs) continue;
    fromMs = Math.min(fromMs, intendedMs);
    toMs = Math.max(toMs, intendedMs);
  }
  return fromMs < toMs ? { fromMs, toMs } : null;
}

/**
 * Windows of whole seconds, so that counts are easily read as rates, one of which begins at the origin: no point mixes
 * what was before the fault with what came after it. The ends are cut rather than shown half.
 */
function gridOver({ fromMs, toMs }: TimeSpan, windowsMax: number, { originMs }: RunTimes): Grid {
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / windowsMax / SHORTEST_STEP_MS)) * SHORTEST_STEP_MS;
  const first = Math.ceil((fromMs - originMs) / stepMs - ROUNDING);
  const last = Math.max(first + 1, Math.floor((toMs - originMs) / stepMs + ROUNDING));
  return { fromMs: originMs + first * stepMs, toMs: originMs + last * stepMs, stepMs };
}

function clientCharts({ operations, manifest }: RunRecord): ChartDefinition[] {
  const cache = new Map<number, Window[]>();
  const windows = (grid: Grid): Window[] => {
    const known = cache.get(grid.stepMs);
    if (known !== undefined) return known;
    const made = windowsOf(operations, { ...grid, lengthMs: grid.stepMs });
    cache.set(grid.stepMs, made);
    return made;
  };
  const per = (measure: (window: Window, grid: Grid) => number | null) => (grid: Grid) =>
    windows(grid).map((window) => measure(window, grid));
  const rate = (outcome: 'ok' | 'fail' | 'info') =>
    per((window, { stepMs }) => rounded((window[outcome] * 1000) / stepMs));
  const line = (label: string, colour: LineColour, style: LineStyle, measure: LineDefinition['measure']) => ({
    label,
    colour,
    style,
    measure,
  });
  return [
    {
      id: 'rate',
      title: 'Operations per second',
      summary: 'What clients of all regions asked for and how it ended, by the time they wanted it to start.',
      unit: 'per second',
      scale: 'linear',
      lines: [
        line('ok', 'good', 'solid', rate('ok')),
        line('failed', 'bad', 'dashed', rate('fail')),
        line('outcome unknown', 'unknown', 'dotted', rate('info')),
      ],
    },
    {
      id: 'availability',
      title: 'Availability',
      summary: 'The share of operations that succeeded.',
      unit: '%',
      scale: 'percent',
      lines: [
        line(
          'succeeded',
          'good',
          'solid',
          per(({ availability }) => asPercent(availability)),
        ),
      ],
    },
    {
      id: 'latency',
      title: 'Latency of successful operations',
      summary: 'Counted from the intended start, so waiting for a slow answer is not hidden. Logarithmic scale.',
      unit: 'ms',
      scale: 'logarithmic',
      lines: [
        line(
          'median',
          'first',
          'solid',
          per(({ p50Ms }) => positive(p50Ms)),
        ),
        line(
          '95th percentile',
          'second',
          'dashed',
          per(({ p95Ms }) => positive(p95Ms)),
        ),
        line(
          '99th percentile',
          'third',
          'dotted',
          per(({ p99Ms }) => positive(p99Ms)),
        ),
      ],
    },
    {
      id: 'share',
      title: 'Share of traffic per datacenter',
      summary: 'Where operations went, by the address that clients dialled.',
      unit: '%',
      scale: 'percent',
      lines: manifest.topology.zones
        .filter(({ kind }) => kind === 'datacenter')
        .map(({ name }, index) =>
          line(name, LINE_COLOURS[index % LINE_COLOURS.length]!, LINE_STYLES[index % LINE_STYLES.length]!, (grid) =>
            trafficShare(operations, grid).map(({ total, shares }) =>
              total === 0 ? null : asPercent(shares[name] ?? 0),
            ),
          ),
        ),
    },
  ];
}

const LINE_COLOURS: readonly LineColour[] = ['first', 'second', 'third', 'fourth'];
const LINE_STYLES: readonly LineStyle[] = ['solid', 'dashed', 'dotted'];

/** The worst lag in each window, one line for each node that reports it; null when none does. */
function replicationLagChart(metrics: readonly MetricSeries[]): ChartDefinition | null {
  const series = metrics.filter(({ name, samples }) => /replication_lag/.test(name) && samples.length > 0);
  if (series.length === 0) return null;
  return {
    id: 'lag',
    title: 'Replication lag',
    summary: 'How far standbys were behind, as the database agents report it; the worst in each window.',
    unit: 'ms',
    scale: 'linear',
    lines: series.slice(0, LINE_COLOURS.length).map(({ name, labels, samples }, index) => ({
      label: labels.instance ?? labels.node ?? name,
      colour: LINE_COLOURS[index]!,
      style: LINE_STYLES[index % LINE_STYLES.length]!,
      measure: (grid) => worstInWindows(samples, grid, name.endsWith('_seconds') ? 1000 : 1),
    })),
  };
}

function worstInWindows(samples: MetricSeries['samples'], grid: Grid, factor: number): (number | null)[] {
  const worst = new Array<number | null>(windowCount(grid)).fill(null);
  for (const [atMs, value] of samples) {
    const index = Math.floor((atMs - grid.fromMs) / grid.stepMs);
    if (index < 0 || index >= worst.length || !Number.isFinite(value)) continue;
    worst[index] = rounded(Math.max(worst[index] ?? 0, value * factor));
  }
  return worst;
}

function drawn({ lines, ...chart }: ChartDefinition, fine: Grid, coarse: Grid, times: RunTimes): ChartView {
  const middles = windowStarts(fine).map((startMs) => rounded((startMs + fine.stepMs / 2 - times.originMs) / 1000));
  return {
    ...chart,
    seconds: middles,
    lines: lines.map(({ measure, ...line }) => ({ ...line, values: fitted(measure(fine), middles.length) })),
    table: {
      columns: [`Seconds after ${times.originName}`, ...lines.map(({ label }) => label)],
      rows: tableRows(chart.unit, lines, coarse, times),
    },
  };
}

function tableRows(unit: ChartView['unit'], lines: LineDefinition[], grid: Grid, times: RunTimes): string[][] {
  const starts = windowStarts(grid);
  const columns = lines.map(({ measure }) => fitted(measure(grid), starts.length));
  return starts.map((startMs, index) => {
    const from = Math.round((startMs - times.originMs) / 1000);
    const span = `${signed(from)} to ${signed(from + grid.stepMs / 1000)}`;
    return [span, ...columns.map((values) => valueText(values[index] ?? null, unit))];
  });
}

function valueText(value: number | null, unit: ChartView['unit']): string {
  if (unit === '%') return formatPercent(value);
  if (unit === 'ms') return formatDuration(value);
  return value === null ? '–' : formatCount(value);
}

function signed(value: number): string {
  return value < 0 ? `−${-value}` : String(value);
}

function windowCount({ fromMs, toMs, stepMs }: Grid): number {
  return Math.round((toMs - fromMs) / stepMs);
}

function windowStarts(grid: Grid): number[] {
  return Array.from({ length: windowCount(grid) }, (_, index) => grid.fromMs + index * grid.stepMs);
}

/** Exactly one value for each window. */
function fitted(values: (number | null)[], length: number): (number | null)[] {
  return Array.from({ length }, (_, index) => values[index] ?? null);
}

function asPercent(share: number | null): number | null {
  return share === null ? null : rounded(share * 100);
}

/** A logarithmic scale has no zero. */
function positive(latencyMs: number | null): number | null {
  return latencyMs === null ? null : Math.max(0.1, rounded(latencyMs));
}

/** Two digits after the point are more than a chart can show. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
