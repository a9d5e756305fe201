import type { RunningTarget } from './running-target.ts';

/** What a target measures of itself, for the proof of faults; asked directly, not across edges. */
export interface TargetMeasures {
  /** Requests of clients that each entry has counted since it started, by node; one that does not answer is left out. */
  requestsCounted(running: RunningTarget): Promise<Readonly<Record<string, number>>>;
  /** Whether users are sent to this node, by whoever sends them. Null: nobody can tell. */
  inRotation(running: RunningTarget, node: string): Promise<boolean | null>;
  /** How old the newest write is that the standby at this node has replayed; 0 when it has all. Null: nobody can tell. */
  replicaLagMs(running: RunningTarget, node: string): Promise<number | null>;
  /** Whose content was looked at most in the last 5 s, among all views of content. Null: nobody can tell. */
  hottestContent(running: RunningTarget): Promise<HottestContent | null>;
}

interface HottestContent {
  readonly owner: string;
  readonly views: number;
  readonly viewsOfAll: number;
}
