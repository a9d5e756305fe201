import type { Objectives } from '../run-record.ts';
import { formatDuration, formatShare } from './format.ts';
import type { Window } from './windows.ts';

/** What a window of operations is held against. */
export interface ServiceLevel {
  /** Share that must succeed, 0..1. */
  availability: number;
  latencyP99Ms: number;
}

/** Before the fault. */
export function steadyLevel(objectives: Objectives): ServiceLevel {
  return { availability: objectives.availability, latencyP99Ms: objectives.latencyP99Ms };
}

/** Once recovered, with the fault still there or after it. */
export function recoveredLevel(objectives: Objectives): ServiceLevel {
  return { availability: objectives.availabilityAfterFailover, latencyP99Ms: objectives.latencyP99Ms };
}

/** How a window falls short, in words; empty when it meets the level. A window without operations meets nothing. */
export function shortfalls(window: Window, level: ServiceLevel): string[] {
  if (window.availability === null) return ['no operations'];
  const short: string[] = [];
  if (window.availability < level.availability) {
    short.push(`${formatShare(window.availability)} succeeded (objective ${formatShare(level.availability)})`);
  }
  if (window.p99Ms !== null && window.p99Ms > level.latencyP99Ms) {
    short.push(
      `99th percentile of latency ${formatDuration(window.p99Ms)} (objective ${formatDuration(level.latencyP99Ms)})`,
    );
  }
  return short;
}
