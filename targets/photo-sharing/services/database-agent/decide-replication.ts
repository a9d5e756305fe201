import type { Durability } from './settings.ts';

/** What a running primary that may serve knows about its standby. */
export interface ReplicationSituation {
  durability: Durability;
  /** Lets the application in. */
  open: boolean;
  /** Every commit waits for the standby. */
  synchronous: boolean;
  /** The record says, or may say, that the standby has every acknowledged commit. */
  inSync: boolean;
  /** The standby is connected and its confirmations progress. */
  standbyHealthy: boolean;
  /** How long ago the standby last confirmed anything (since the start, when it never did), in ms. */
  silentMs: number;
  standbyLostMs: number;
  /** The standby has confirmed everything that was in the log when this primary started. */
  startConfirmed: boolean;
  /** How much of the log the standby has not confirmed, in bytes. */
  lagBytes: number;
}

type ReplicationAction = 'none' | 'open' | 'record-out-of-sync' | 'turn-off' | 'turn-on';

/**
 * The order that keeps acknowledged commits: the record stops saying `inSync` before commits stop waiting, and commits
 * wait (and the standby has caught up) before the record says `inSync`.
 */
export function decideReplication(situation: ReplicationSituation): ReplicationAction {
  const { durability, open, synchronous, inSync, standbyHealthy, silentMs, standbyLostMs, lagBytes } = situation;
  const lost = silentMs >= standbyLostMs;
  if (inSync) {
    if (durability === 'async' || !synchronous || lost) return 'record-out-of-sync';
    return !open && standbyHealthy && situation.startConfirmed ? 'open' : 'none';
  }
  if (synchronous) return 'turn-off';
  if (!open) return 'open';
  const close = standbyHealthy && !lost && lagBytes <= CATCH_UP_BYTES;
  return durability === 'sync' && close ? 'turn-on' : 'none';
}

/** Commits wait while the standby catches up with this much: tens of milliseconds on a healthy edge. */
const CATCH_UP_BYTES = 1_048_576;
