import type { StopCondition } from './stop-condition.ts';

/** What an experiment says that its faults may touch at most, while they are there. */
export interface BlastRadius {
  /** Share of users who may notice anything, 0 to 1. */
  readonly users: number;
  /**
   * Share of operations that may fail, 0 to 1, in the worst {@link BLAST_WINDOW_MS}: how much of the traffic is touched,
   * whatever the length of the hold. For how long is for the recovery objectives and the error budget to say.
   */
  readonly operations: number;
  /** Share of operations since the injection at whose failure the run is aborted. */
  readonly abortAbove?: number;
}

/** Over which the share of failed operations is taken; long enough for some hundred operations at the default rate. */
export const BLAST_WINDOW_MS = 10_000;

/** The first seconds of a fault say little about all of it. */
const ABORT_AFTER_MS = 5000;

/** What watches over the limit of a blast radius. */
export function blastRadiusGuards({ abortAbove }: BlastRadius): StopCondition[] {
  return abortAbove === undefined
    ? []
    : [{ signal: 'failed-since-injection', comparison: '>', threshold: abortAbove, forMs: ABORT_AFTER_MS }];
}
