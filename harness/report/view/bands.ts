import type { Milestone } from '../../model/analysis/failover-timeline.ts';
import { phaseSpan, type TimeSpan } from '../../model/analysis/phases.ts';
import type { Phase } from '../../model/phase.ts';
import type { RunManifest } from '../../model/run-record.ts';
import type { RunTimes } from './times.ts';

/** A shaded span of every chart, in seconds since the origin. */
export interface Band {
  label: string;
  tone: 'quiet' | 'fault' | 'recovery';
  fromSeconds: number;
  toSeconds: number;
}

/** A line through every chart, with its number in the failover timeline. */
export interface Mark {
  number: number;
  title: string;
  seconds: number;
}

export function bandsOf(manifest: RunManifest, times: RunTimes): Band[] {
  const band = (label: string, tone: Band['tone'], span: TimeSpan | null): Band[] =>
    span === null
      ? []
      : [{ label, tone, fromSeconds: seconds(times, span.fromMs), toSeconds: seconds(times, span.toMs) }];
  const phaseBand = (label: string, tone: Band['tone'], phase: Phase) => band(label, tone, phaseSpan(manifest, phase));
  return [
    ...phaseBand('Warm-up', 'quiet', 'warm-up'),
    ...band('Fault', 'fault', times.fault),
    ...phaseBand('Recovery', 'recovery', 'recovery'),
  ];
}

/** Only milestones with a time can be drawn; their numbers count all of them, as the timeline does. */
export function marksOf(milestones: readonly Milestone[], times: RunTimes): Mark[] {
  return milestones.flatMap(({ title, atMs }, index) =>
    atMs === null ? [] : [{ number: index + 1, title, seconds: seconds(times, atMs) }],
  );
}

function seconds({ originMs }: RunTimes, atMs: number): number {
  return Math.round((atMs - originMs) / 10) / 100;
}
