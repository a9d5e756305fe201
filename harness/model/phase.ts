/** The phases of a run, in order. The target is torn down before anything is judged: nothing runs on while we think. */
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
  'tear-down',
  'checks',
  'report',
] as const;
export type Phase = (typeof PHASES)[number];

export interface PhaseRecord {
  phase: Phase;
  startedAtMs: number;
  endedAtMs: number | null;
  /** What ended it early, in words. */
  problem?: string;
}
