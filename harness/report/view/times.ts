import { formatDuration } from '../../model/analysis/format.ts';
import { faultSpan, phaseSpan, type TimeSpan } from '../../model/analysis/phases.ts';
import type { RunRecord } from '../../model/run-record.ts';

/** What every relative time in the report counts from, and the stretches that are compared. */
export interface RunTimes {
  originMs: number;
  /** `the fault` or `the start`. */
  originName: string;
  /** From the first injected action to the last undo action. */
  fault: TimeSpan | null;
  /** The same operations before, during and after: steady state, fault, recovery. */
  moments: Readonly<Record<Moment, TimeSpan | null>>;
}

export const MOMENTS = ['before', 'during', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];

export const MOMENT_TITLES: Readonly<Record<Moment, string>> = {
  before: 'Before the fault',
  during: 'During the fault',
  after: 'After it was undone',
};

export function timesOf({ manifest, operations }: RunRecord): RunTimes {
  const fault = faultSpan(manifest);
  return {
    originMs: fault?.fromMs ?? operations[0]?.intendedMs ?? manifest.startedAtMs,
    originName: fault === null ? 'the start' : 'the fault',
    fault,
    moments: { before: phaseSpan(manifest, 'steady-state'), during: fault, after: phaseSpan(manifest, 'recovery') },
  };
}

/** `+9.8 s` after the origin, `−3.0 s` before it. */
export function relativeText({ originMs }: RunTimes, atMs: number | null): string {
  if (atMs === null) return '–';
  const offsetMs = atMs - originMs;
  if (Math.abs(offsetMs) < 0.5) return '0 s';
  return `${offsetMs < 0 ? '−' : '+'}${formatDuration(Math.abs(offsetMs))}`;
}
