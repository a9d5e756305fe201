import type { OperationClass } from '../operation.ts';
import type { RunRecord } from '../run-record.ts';
import type { TargetEvent } from '../telemetry.ts';
import { faultSpan, holdSpan, type TimeSpan, undoneFromMs } from './phases.ts';
import { type RecoveryTime, recoveryTimes } from './recovery-time.ts';
import { redirection } from './redirection.ts';

export type MilestoneName =
  | 'last-good-read'
  | 'last-good-write'
  | 'fault'
  | 'detected'
  | 'fenced'
  | 'lease-acquired'
  | 'promoted'
  | 'redirected'
  | 'reads-back'
  | 'writes-back'
  | 'undone'
  | 'rejoined'
  | 'in-sync';

/** One step of a failover; null times: it did not happen, or nothing tells when. */
export interface Milestone {
  name: MilestoneName;
  title: string;
  atMs: number | null;
  /** From the first injected action; negative before it. */
  afterFaultMs: number | null;
  /** Whose word it is: `clients`, `harness`, or a node with its event. */
  source: string;
}

/** By which events a target shows that it has noticed. */
const DETECTING = ['datacenter-down', 'lease-renewal-failed', 'lease-lost', 'standby-lost', 'fenced'];

/** The steps of the failover in the order in which they are expected; empty when nothing was injected. */
export function failoverTimeline(record: RunRecord): Milestone[] {
  const fault = faultSpan(record.manifest);
  const hold = holdSpan(record.manifest);
  if (fault === null || hold === null) return [];
  const times = recoveryTimes(record);
  const moved = redirection(record);
  const during = eventsWithin(record.events, hold);
  const after = eventsWithin(record.events, { fromMs: undoneFromMs(record.manifest) ?? hold.toMs, toMs: Infinity });
  const last = (kind: OperationClass) => lastGoodMs(record, kind, hold);
  const milestones: [MilestoneName, string, Sighting][] = [
    ['last-good-read', 'Last good read before it', { atMs: last('read'), source: 'clients' }],
    ['last-good-write', 'Last good write before it', { atMs: last('write'), source: 'clients' }],
    ['fault', 'Fault injected', { atMs: fault.fromMs, source: 'harness' }],
    ['detected', 'Detected by the target', first(during, (event) => DETECTING.includes(event.event))],
    ['fenced', 'Old primary fenced', first(during, named('fenced'))],
    ['lease-acquired', 'Lease acquired', first(during, named('lease-acquired'))],
    ['promoted', 'Standby promoted', first(during, named('promoted'))],
    ['redirected', 'All traffic redirected', clientsSaw(fault, moved?.redirectMs ?? null)],
    ['reads-back', 'Reads back in every region', clientsSaw(fault, slowest(times, 'read'))],
    ['writes-back', 'Writes back in every region', clientsSaw(fault, slowest(times, 'write'))],
    ['undone', 'Fault undone', { atMs: undoneUntilMs(record), source: 'harness' }],
    ['rejoined', 'Standby streaming again', first(after, named('standby-streaming'))],
    ['in-sync', 'Both copies in sync again', first(after, isInSync)],
  ];
  return milestones.map(([name, title, { atMs, source }]) => ({
    name,
    title,
    atMs,
    afterFaultMs: atMs === null ? null : atMs - fault.fromMs,
    source,
  }));
}

interface Sighting {
  atMs: number | null;
  source: string;
}

/** The record `in-sync` with the value true: a commit waits for both copies from here on. */
export function isInSync({ event, details }: TargetEvent): boolean {
  return event === 'in-sync' && String(details.value) === 'true';
}

const named = (name: string) => (event: TargetEvent) => event.event === name;

function first(events: readonly TargetEvent[], matches: (event: TargetEvent) => boolean): Sighting {
  const found = events.find(matches);
  return found === undefined
    ? { atMs: null, source: 'target' }
    : { atMs: found.atMs, source: `${found.node}: ${found.event}` };
}

function clientsSaw(fault: TimeSpan, afterMs: number | null): Sighting {
  return { atMs: afterMs === null ? null : fault.fromMs + afterMs, source: 'clients' };
}

function eventsWithin(events: readonly TargetEvent[], { fromMs, toMs }: TimeSpan): TargetEvent[] {
  return events.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).sort((one, other) => one.atMs - other.atMs);
}

/** Over all regions; null as soon as one of them is not known to be back. */
function slowest(times: readonly RecoveryTime[], kind: OperationClass): number | null {
  const ofKind = times.filter((time) => time.class === kind).map(({ rtaMs }) => rtaMs);
  return ofKind.length === 0 || ofKind.includes(null) ? null : Math.max(...ofKind.map(Number));
}

/** The last success that the lost zone gave; without a lost zone, the last one that began before the fault. */
function lastGoodMs({ manifest, operations }: RunRecord, kind: OperationClass, hold: TimeSpan): number | null {
  const lostZone = manifest.isolatedZone;
  let lastMs: number | null = null;
  for (const { outcome, class: of, startMs, endMs, datacenter } of operations) {
    if (outcome !== 'ok' || of !== kind || endMs === null || endMs >= hold.toMs) continue;
    const counts = lostZone === null ? startMs < hold.fromMs : datacenter === lostZone;
    if (counts && (lastMs === null || endMs > lastMs)) lastMs = endMs;
  }
  return lastMs;
}

function undoneUntilMs({ manifest }: RunRecord): number | null {
  const times = manifest.faults.flatMap((fault) => fault.undoActions.map(({ atMs }) => atMs));
  return times.length === 0 ? null : Math.max(...times);
}
