import { formatDuration, formatList, formatNumberOf } from '../model/analysis/format.ts';
import { faultSpan, type TimeSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { FaultRecord } from '../model/fault.ts';
import type { Operation } from '../model/operation.ts';
import type { RoleObservation, RunRecord } from '../model/run-record.ts';
import type { Finding } from '../model/verdict.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

/** A node that reports one of these does not take writes any more. */
const CLOSING = ['fenced', 'primary-closed', 'rejoin-started', 'standby-streaming'];
/**
 * A node that stands still cannot serve, and cannot know that it may not any more: it has this long to close once it goes
 * on. What it acknowledged meanwhile would show in the writes.
 */
const WAKING_MS = 500;
/** Answers of one round of questions lie within this. */
const OBSERVATION_MS = 1000;

/**
 * There are never two writable primaries at one time. Three witnesses: the agents' own events, the roles that the agents
 * told the harness, and the acknowledged writes, each of which names the node and epoch that committed it.
 */
export function singleWriter(): Check {
  return defineCheck({ name: 'single-writer', title: 'Never two primaries', question: 'right' }, conclude);
}

function conclude(record: RunRecord): Conclusion {
  const reigns = reignsOf(record);
  const stamped = record.operations.filter(isStamped);
  const findings = [
    ...doubleReigns(reigns, record),
    ...doubleRoles(record.manifest.roles),
    ...staleWrites(stamped),
    ...sharedEpochs(stamped),
  ];
  const succession = formatList(reigns.map(({ node, epoch }) => `${node} (epoch ${epoch ?? 'unknown'})`));
  const agree = `${formatNumberOf(stamped.length, 'acknowledged write')} agree`;
  return {
    expected:
      'at no time is more than one database open for writes, and no write is acknowledged by an epoch after a later one has begun to acknowledge',
    observed:
      findings.length === 0 ? `open for writes, one after the other: ${succession || 'none'}` : findings[0]!.summary,
    violated: findings.length > 0,
    gaps: [
      ...(reigns.length === 0 ? ['no database reported when it opened for writes'] : []),
      ...(stamped.length === 0 ? ['no acknowledged write names the epoch that committed it'] : []),
    ],
    sentences: {
      passed: `There was never more than one writable primary: ${succession}; ${agree}.`,
      deviated: `There were two writable primaries at one time: ${findings[0]?.summary ?? ''}.`,
      inconclusive: 'It is not known whether there were two writable primaries',
    },
    measurements: [
      { name: 'primaries', value: reigns.length, unit: 'count' },
      { name: 'split-brain-signs', value: findings.length, unit: 'count', objective: 0 },
    ],
    findings,
    advice:
      'A primary that can reach neither the lease nor its standby must stop serving before its lease can be taken over: count the lease from the start of the last successful renewal, and fence first.',
  };
}

/** A time in which a node was open for writes. */
interface Reign {
  node: string;
  epoch: number | null;
  fromMs: number;
  /** Null: it never said that it stopped. */
  toMs: number | null;
}

function reignsOf({ events, manifest }: RunRecord): Reign[] {
  const kills = manifest.faults.flatMap(({ actions }) => actions.filter(({ what }) => what === 'killed'));
  const ordered = [...events].sort((one, other) => one.atMs - other.atMs);
  return ordered.flatMap(({ event, node, atMs: fromMs, details }, index) => {
    if (event !== 'primary-open') return [];
    const closings = [
      ...ordered
        .slice(index + 1)
        .filter((later) => later.node === node && [...CLOSING, 'primary-open'].includes(later.event)),
      ...kills.filter(({ subject }) => subject === node),
    ].map(({ atMs }) => atMs);
    const later = closings.filter((atMs) => atMs >= fromMs);
    const epoch = typeof details.epoch === 'number' ? details.epoch : null;
    return [{ node, epoch, fromMs, toMs: later.length === 0 ? null : Math.min(...later) }];
  });
}

function doubleReigns(reigns: readonly Reign[], { manifest }: RunRecord): Finding[] {
  const faultMs = faultSpan(manifest)?.fromMs ?? manifest.startedAtMs;
  return reigns.flatMap((earlier, index) =>
    reigns
      .slice(index + 1)
      .filter((later) => later.node !== earlier.node && overlaps(earlier, later, manifest.faults))
      .map((later) => {
        const opened = `${later.node} opened for writes with epoch ${later.epoch ?? 'unknown'}, ${formatDuration(later.fromMs - faultMs)} after the fault`;
        const still =
          earlier.toMs === null
            ? `${earlier.node} (epoch ${earlier.epoch ?? 'unknown'}) never reported that it had stopped`
            : `${earlier.node} (epoch ${earlier.epoch ?? 'unknown'}) stopped only ${formatDuration(earlier.toMs - later.fromMs)} later`;
        return { summary: `${opened}, while ${still}`, atMs: later.fromMs };
      }),
  );
}

/** Whether the earlier one was still open, and awake, when the later one had opened. */
function overlaps(earlier: Reign, later: Reign, faults: readonly FaultRecord[]): boolean {
  if (later.fromMs >= (earlier.toMs ?? Infinity)) return false;
  const pause = pausesOf(earlier.node, faults).find(
    ({ fromMs, toMs }) => fromMs <= later.fromMs && later.fromMs < toMs,
  );
  return pause === undefined || pause.toMs + WAKING_MS < (earlier.toMs ?? Infinity);
}

function pausesOf(node: string, faults: readonly FaultRecord[]): TimeSpan[] {
  return faults.flatMap(({ actions, undoActions }) => {
    const at = (what: string) =>
      [...actions, ...undoActions].find((action) => action.subject === node && action.what === what)?.atMs;
    const [fromMs, toMs = Infinity] = [at('paused'), at('resumed')];
    return fromMs === undefined ? [] : [{ fromMs, toMs }];
  });
}

function doubleRoles(roles: readonly RoleObservation[]): Finding[] {
  const primaries = roles.filter(({ role }) => role === 'primary').sort((one, other) => one.atMs - other.atMs);
  return primaries.flatMap((one, index) => {
    const other = primaries[index + 1];
    if (other === undefined || other.node === one.node || other.atMs - one.atMs > OBSERVATION_MS) return [];
    return [
      { summary: `${one.node} and ${other.node} both told the harness that they were primary`, atMs: other.atMs },
    ];
  });
}

type StampedWrite = Operation & { epoch: number; endMs: number };

function isStamped(operation: Operation): operation is StampedWrite {
  const { class: kind, outcome, epoch, endMs } = operation;
  return kind === 'write' && outcome === 'ok' && epoch !== undefined && endMs !== null;
}

/** Writes that began after a later epoch had acknowledged one, and were acknowledged by an earlier epoch all the same. */
function staleWrites(writes: readonly StampedWrite[]): Finding[] {
  const byStart = writes.toSorted((one, other) => one.startMs - other.startMs);
  const byEnd = writes.toSorted((one, other) => one.endMs - other.endMs);
  const findings: Finding[] = [];
  let acknowledged = 0;
  let latest: StampedWrite | undefined;
  for (const write of byStart) {
    for (; acknowledged < byEnd.length && byEnd[acknowledged]!.endMs < write.startMs; acknowledged += 1) {
      const ended = byEnd[acknowledged]!;
      if (latest === undefined || ended.epoch > latest.epoch) latest = ended;
    }
    if (latest === undefined || write.epoch >= latest.epoch) continue;
    const { writeId, writtenBy = 'an unknown database', epoch, startMs, endMs, traceId } = write;
    const ahead = formatDuration(startMs - latest.endMs);
    findings.push({
      summary: `write ${writeId} was acknowledged by ${writtenBy} with epoch ${epoch}, although it began ${ahead} after ${latest.writtenBy ?? 'another database'} had acknowledged one with epoch ${latest.epoch}`,
      atMs: endMs,
      traceId,
      details: { writeId, epoch, laterWriteId: latest.writeId, laterEpoch: latest.epoch, laterTraceId: latest.traceId },
    });
  }
  return findings;
}

/** An epoch belongs to one node: two nodes that acknowledge under the same one are two primaries. */
function sharedEpochs(writes: readonly StampedWrite[]): Finding[] {
  const owners = new Map<number, StampedWrite>();
  const shared = new Map<string, Finding>();
  for (const write of writes) {
    const { epoch, writtenBy } = write;
    if (writtenBy === undefined) continue;
    const owner = owners.get(epoch);
    if (owner === undefined) owners.set(epoch, write);
    else if (owner.writtenBy !== writtenBy) {
      const summary = `${owner.writtenBy} and ${writtenBy} both acknowledged writes with epoch ${epoch}`;
      if (!shared.has(summary)) shared.set(summary, { summary, atMs: write.endMs, traceId: write.traceId });
    }
  }
  return [...shared.values()];
}
