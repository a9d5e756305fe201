import type { LeaseRecord } from './lease-record.ts';
import type { Durability, Role } from './settings.ts';

/**
 * What a data directory is good for. `unclaimed`: made by initdb, but no lease was ever recorded for it. `incomplete`:
 * a copy or a rewind was interrupted.
 */
export type DirectoryKind = 'empty' | 'unclaimed' | 'incomplete' | 'primary' | 'standby';

export interface Situation {
  node: string;
  initialRole: Role;
  durability: Durability;
  /** Never promotes: a mutant that the checks must turn up. */
  neverPromotes: boolean;
  record: LeaseRecord | 'none' | 'unknown';
  /** The last holder and epoch written down on this node's disk. */
  lastKnown: { holder: string; epoch: number } | undefined;
  /** A contender may try for the lease. */
  expired: boolean;
  /** This node has promised not to promote, and the promise still runs. */
  promised: boolean;
  /** Lease or promise allow this node to serve as primary now. */
  authority: boolean;
  directory: DirectoryKind;
  database: 'stopped' | 'primary' | 'standby';
  /** How far this standby was behind when it last could know, in ms. */
  lagMs: number;
  lagLimitMs: number;
  /** For how long a running standby has not been fed, in ms; 0 while it streams. */
  unfedMs: number;
  /** The peer's agent says that the peer is an open primary. */
  peerOpen: boolean;
}

export type Action =
  | { kind: 'wait'; why: string }
  | { kind: 'initialise' }
  | { kind: 'claim'; epoch: number }
  | { kind: 'fence'; reason: string }
  | { kind: 'start-primary' }
  | { kind: 'start-standby' }
  | { kind: 'clone' }
  | { kind: 'rewind' }
  | { kind: 'take-over'; cause: 'lease-expired' | 'released' }
  | { kind: 'promote' }
  | { kind: 'serve' };

/** The next thing to do. Pure: everything it depends on is in the situation. */
export function decide(situation: Situation): Action {
  const { record, node, database, authority } = situation;
  if (database === 'primary' && !authority) return { kind: 'fence', reason: 'neither lease nor promise' };
  if (record === 'unknown') return decideWithoutRecord(situation);
  if (record === 'none') return decideUnclaimed(situation);
  return record.holder === node ? decideAsHolder(situation) : decideAsOther(situation, record);
}

/** No coordinator has answered yet. What never writes may run; an empty first primary may be made meanwhile. */
function decideWithoutRecord({ database, directory, initialRole, lastKnown }: Situation): Action {
  if (database === 'primary') return { kind: 'serve' };
  if (directory === 'standby' && database === 'stopped') return { kind: 'start-standby' };
  const blank = directory === 'empty' || directory === 'incomplete';
  if (blank && initialRole === 'primary' && lastKnown === undefined) return { kind: 'initialise' };
  return { kind: 'wait', why: 'no coordinator has answered' };
}

function decideUnclaimed(situation: Situation): Action {
  const { directory, initialRole, lastKnown, node } = situation;
  if (lastKnown !== undefined) {
    // The coordinators lost the record: only the last known holder surely has every acknowledged commit.
    const mayClaim = lastKnown.holder === node && directory === 'primary';
    return mayClaim ? { kind: 'claim', epoch: lastKnown.epoch + 1 } : decideWithoutRecord(situation);
  }
  if (initialRole === 'primary' && (directory === 'unclaimed' || directory === 'primary')) {
    return { kind: 'claim', epoch: 1 };
  }
  return decideWithoutRecord(situation);
}

function decideAsHolder({ database, directory, authority }: Situation): Action {
  if (database === 'primary') return { kind: 'serve' };
  if (!canHold(directory)) return { kind: 'wait', why: 'this node holds the lease, but has no usable data' };
  if (directory === 'standby' && database === 'stopped') return { kind: 'start-standby' };
  if (!authority) return { kind: 'wait', why: 'the lease is not renewed yet' };
  // A standby that holds the lease took it over: the record it replaced allowed that, and only the promotion is left.
  return database === 'standby' ? { kind: 'promote' } : { kind: 'start-primary' };
}

function decideAsOther(situation: Situation, record: LeaseRecord): Action {
  const { database, directory, unfedMs, peerOpen } = situation;
  if (database === 'primary') return { kind: 'fence', reason: `the lease is held by ${record.holder}` };
  if (database === 'stopped') {
    if (directory === 'standby') return { kind: 'start-standby' };
    // What was never recorded, or never finished, holds nothing that anyone was told of.
    return directory === 'primary' ? { kind: 'rewind' } : { kind: 'clone' };
  }
  const cause = record.released ? 'released' : 'lease-expired';
  const refusal = whyNotPromote(situation, record);
  if (refusal === undefined) return { kind: 'take-over', cause };
  // An open primary that does not feed this standby for that long cannot: their histories have parted.
  if (peerOpen && unfedMs > UNFED_LIMIT_MS) return { kind: 'rewind' };
  return { kind: 'wait', why: refusal };
}

function whyNotPromote(situation: Situation, record: LeaseRecord): string | undefined {
  const { neverPromotes, expired, promised, durability, lagMs, lagLimitMs } = situation;
  if (neverPromotes) return 'this mutant never promotes';
  if (!expired) return 'the lease is held';
  if (promised) return 'a promise to the primary still runs';
  if (durability === 'sync' && !record.inSync) return 'the record does not say that this node has every commit';
  if (durability === 'async' && lagMs > lagLimitMs) {
    return `the standby was ${Math.round(lagMs)} ms behind, the limit is ${lagLimitMs} ms`;
  }
  return undefined;
}

/** Whether the holder of the lease can serve from its data; if not, it must let the lease run out. */
export function canHold(directory: DirectoryKind): boolean {
  return directory === 'primary' || directory === 'standby' || directory === 'unclaimed';
}

/** Several times what a standby takes to connect again through a healthy edge. */
const UNFED_LIMIT_MS = 6000;
