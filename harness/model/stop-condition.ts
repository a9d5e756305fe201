import { formatDuration } from './analysis/format.ts';

/**
 * When a run must end at once: a value that is beyond its threshold in every sample of some time. What is watched:
 *
 * - `availability`: share of the operations of the last second that succeeded, 0 to 1
 * - `failed-since-injection`: share of all operations since the injection that failed, 0 to 1
 * - `p99`: their 99th percentile, in ms
 * - `lost-writes`: acknowledged writes that the primary is seen not to have; some of them are looked up in each sample
 * - `generator-lag`: how late the load generator starts operations, in ms
 * - `memory`: of the harness itself, in MiB
 * - `free-disk`: where runs are recorded, in MiB
 * - `alert NAME`: 1 while an alert of that name fires, else 0
 * - `promql QUERY`: the largest value of an instant query
 */
export interface StopCondition {
  readonly signal: StopSignal;
  readonly comparison: '<' | '>';
  readonly threshold: number;
  /** How long it must hold; 0: one sample is enough. */
  readonly forMs: number;
}

export type StopSignal = (typeof MEASURED_SIGNALS)[number] | `alert ${string}` | `promql ${string}`;

const MEASURED_SIGNALS = [
  'availability',
  'failed-since-injection',
  'p99',
  'lost-writes',
  'generator-lag',
  'memory',
  'free-disk',
] as const;

/** How a condition went; written into the record. */
export interface StopConditionRecord {
  /** As it can be typed after `--stop`. */
  condition: string;
  samples: number;
  /** Samples without a value: there the condition was blind. */
  blind: number;
  /** The worst value that was seen; null without any. */
  worst: number | null;
}

/** What ended a run before its time, and how soon it was safe again. */
export interface AbortRecord {
  condition: string;
  /** The value that was one too many, in words. */
  seen: string;
  /** Since when the value was beyond the threshold. */
  beyondSinceMs: number;
  /** When it had been so for long enough. */
  breachedAtMs: number;
  undoBegunAtMs: number | null;
  /** When the faults were proven to be gone; null when they were not. */
  healedAtMs: number | null;
}

/** What is watched unless an experiment says otherwise: only that the harness itself is not about to fall over. */
export const HARNESS_GUARDS: readonly StopCondition[] = [
  { signal: 'free-disk', comparison: '<', threshold: 100, forMs: 0 },
  { signal: 'memory', comparison: '>', threshold: 2048, forMs: 2000 },
  { signal: 'generator-lag', comparison: '>', threshold: 10_000, forMs: 2000 },
];

const PATTERN = /^(.+?)\s*([<>])\s*(-?[\d.]+(?:e-?\d+)?)(?:\s+for\s+([\d.]+)\s*s)?$/;
const ALERT_PATTERN = /^alert\s+(\S+)(?:\s+for\s+([\d.]+)\s*s)?$/;

/** What can be typed: `availability < 0.5 for 5 s`. Undefined when it is not a condition. */
export function parseStopCondition(text: string): StopCondition | undefined {
  const alert = ALERT_PATTERN.exec(text.trim());
  if (alert !== null) {
    return { signal: `alert ${alert[1]!}`, comparison: '>', threshold: 0, forMs: Number(alert[2] ?? 0) * 1000 };
  }
  const [, signal = '', comparison, threshold, seconds = '0'] = PATTERN.exec(text.trim()) ?? [];
  const condition = {
    comparison: comparison as '<' | '>',
    threshold: Number(threshold),
    forMs: Number(seconds) * 1000,
  };
  if (!Number.isFinite(condition.threshold) || !Number.isFinite(condition.forMs)) return undefined;
  if (signal.startsWith('promql ')) return { signal: `promql ${signal.slice('promql '.length).trim()}`, ...condition };
  const measured = MEASURED_SIGNALS.find((name) => name === signal);
  return measured === undefined ? undefined : { signal: measured, ...condition };
}

/** What `parseStopCondition` accepts, for help and errors. */
export const STOP_CONDITION_FORMS = `"${MEASURED_SIGNALS.join('" or "')}" with < or > and a number, "alert NAME", or "promql QUERY > NUMBER", each with "for N s" if it must last`;

/** `availability < 0.5 for 5 s`: it can be parsed again. */
export function describeStopCondition({ signal, comparison, threshold, forMs }: StopCondition): string {
  const lasting = forMs === 0 ? '' : ` for ${forMs / 1000} s`;
  return signal.startsWith('alert ') ? `${signal}${lasting}` : `${signal} ${comparison} ${threshold}${lasting}`;
}

/** Whether a value is beyond the threshold. */
export function isBeyond({ comparison, threshold }: StopCondition, value: number): boolean {
  return comparison === '<' ? value < threshold : value > threshold;
}

/** `p99 was 1,240 beyond 1000 for 5 s`: what a breach looked like. */
export function describeBreach({ signal, forMs }: StopCondition, value: number): string {
  const rounded = Math.round(value * 1000) / 1000;
  return `${signal} was ${rounded}${forMs === 0 ? '' : ` after ${formatDuration(forMs)} beyond the threshold`}`;
}
