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
  /** What it may take: its length, and what is around it. Missing in records from before phases had a budget. */
  budgetMs?: number;
}

/** What each phase may take beyond its own length before it is named as too slow. Undo has the most: nodes start again. */
export const PHASE_SLACK_MS: Readonly<Record<Phase, number>> = {
  preflight: 30_000,
  'bring-up': 60_000,
  canary: 45_000,
  'warm-up': 2000,
  'steady-state': 10_000,
  inject: 10_000,
  hold: 10_000,
  undo: 60_000,
  recovery: 60_000,
  drain: 45_000,
  'tear-down': 30_000,
  checks: 60_000,
  report: 60_000,
};

/** How much longer than its budget a phase took; 0 when it kept to it, or its budget is not known. */
export function overrunMs({ startedAtMs, endedAtMs, budgetMs }: PhaseRecord): number {
  if (endedAtMs === null || budgetMs === undefined) return 0;
  return Math.max(0, endedAtMs - startedAtMs - budgetMs);
}
