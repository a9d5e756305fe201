import { formatDuration, formatList, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import type { TimeSpan } from '../model/analysis/phases.ts';
import { WINDOW_OPERATIONS_MIN } from '../model/analysis/recovery-time.ts';
import { type ServiceLevel, shortfalls } from '../model/analysis/service-level.ts';
import { type Window, windowOver } from '../model/analysis/windows.ts';
import type { Operation } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Measurement } from '../model/verdict.ts';

/** A part of the clients over a span of time, to be held against a level of service. */
export interface ServicePart {
  /** `{ region: 'us-east' }` */
  labels: Record<string, string>;
  /** `in us-east`, `of reads in us-east`: completes a sentence. */
  where: string;
  operations: readonly Operation[];
  span: TimeSpan;
}

/** What clients of several parts got. */
export interface ServiceAssessment {
  /** How parts fall short, in words; a proven violation. */
  shortfalls: string[];
  /** Parts with too few operations to say anything. */
  gaps: string[];
  measurements: Measurement[];
  /** `99.97 % of operations succeeded in us-east (99th percentile of latency 45 ms) and 100 % in us-west (52 ms)` */
  observed: string;
}

export function assessService(parts: readonly ServicePart[], level: ServiceLevel): ServiceAssessment {
  const measured = parts.map(({ labels, where, operations, span }) => ({
    labels,
    where,
    window: windowOver(operations, span),
  }));
  const enough = measured.filter(({ window }) => window.operations >= WINDOW_OPERATIONS_MIN);
  return {
    shortfalls: enough.flatMap(({ where, window }) =>
      shortfalls(window, level).map((shortfall) => `${where} ${shortfall}`),
    ),
    gaps: measured
      .filter((part) => !enough.includes(part))
      .map(({ where, window }) => `only ${formatNumberOf(window.operations, 'operation')} ${where}`),
    measurements: measured.flatMap(({ labels, window }) => measurementsOf(window, level, labels)),
    observed: observedIn(enough),
  };
}

/** The operations of each region, all of them over the same span. */
export function byRegion({ manifest, operations }: RunRecord, span: TimeSpan): ServicePart[] {
  const within = operations.filter(({ intendedMs }) => intendedMs >= span.fromMs && intendedMs < span.toMs);
  const regional = Map.groupBy(within, ({ region }) => region);
  return Object.keys(manifest.load.regions).map((region) => ({
    labels: { region },
    where: `in ${region}`,
    operations: regional.get(region) ?? [],
    span,
  }));
}

/** `at least 99 % of operations succeed, 99th percentile of latency at most 1 s` */
export function describeLevel({ availability, latencyP99Ms }: ServiceLevel): string {
  return `at least ${formatShare(availability)} of operations succeed, 99th percentile of latency at most ${formatDuration(latencyP99Ms)}`;
}

function measurementsOf(window: Window, level: ServiceLevel, labels: Record<string, string>): Measurement[] {
  const percent = window.availability === null ? null : window.availability * 100;
  return [
    { name: 'availability', value: percent, unit: '%', objective: level.availability * 100, labels },
    { name: 'latency-p99', value: window.p99Ms, unit: 'ms', objective: level.latencyP99Ms, labels },
  ];
}

function observedIn(parts: readonly { where: string; window: Window }[]): string {
  if (parts.length === 0) return 'too few operations';
  const each = parts.map(({ where, window }, index) => {
    const [what, latency] = index === 0 ? [' of operations succeeded', '99th percentile of latency '] : ['', ''];
    return `${formatShare(window.availability)}${what} ${where} (${latency}${formatDuration(window.p99Ms)})`;
  });
  return formatList(each);
}
