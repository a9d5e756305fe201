import type { RunningTarget } from './running-target.ts';

/** What a target measures of itself, for the proof of faults; asked directly, not across edges. */
export interface TargetMeasures {
  /** Requests of clients that each entry has counted since it started, by node; one that does not answer is left out. */
  requestsCounted(running: RunningTarget): Promise<Readonly<Record<string, number>>>;
}
