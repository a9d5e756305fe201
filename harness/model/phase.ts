/** The phases of a run, in order. */
export const PHASES = [
  'preflight',
  'bring-up',
  'canary',
  'warm-up',
  'steady-state',
  'inject',
  'hold',
  'undo',
  'recovery',
  'drain',
  'checks',
  'report',
  'tear-down',
] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseRecord {
  phase: Phase;
  startedAtMs: number;
  endedAtMs: number | null;
  /** What ended it early, in words. */
  problem?: string;
}
