import type { FaultRecord } from '../fault.ts';
import type { Operation } from '../operation.ts';
import type { RunManifest, RunRecord } from '../run-record.ts';
import type { Span } from '../telemetry.ts';
import { edgeName, type Tier, zoneOf } from '../topology.ts';
import type { TimeSpan } from './phases.ts';

/**
 * Services send their spans in batches each half second, and a batch may be on its way for another: what a server
 * finished this long before it was killed or cut off is gone with it.
 */
const SPANS_HELD_MS = 1500;
const EXAMPLES_MAX = 10;
/** Errors after which surely no byte of the request had left the client. */
const NEVER_SENT = ['dropped', 'no-address', 'connection-refused'];
/** Who answers clients; when another tier dies these still answer, and leave their spans. */
const ANSWERING_TIERS: readonly Tier[] = ['load-balancer', 'web'];

export interface Completeness {
  operations: number;
  /** The client's own span arrived. */
  withRoot: number;
  /** A server's span arrived: the request was seen to enter the target. */
  withEntry: number;
  /** Both arrived. */
  complete: number;
  /** The client's span arrived, and the fault or the client itself explains why no server's did. */
  explained: number;
  /** Complete ones among those that nothing explains, 0..1; null when there are none. */
  share: number | null;
  /** Why spans are missing: explained reasons and `... missing` ones alike. */
  missingByReason: Record<string, number>;
  /** Trace ids of operations whose spans are missing without an explanation. */
  examples: string[];
}

/** Whether every operation left its two spans, and why not where it did not. */
export function completeness({
  manifest,
  operations,
  spans,
}: Pick<RunRecord, 'manifest' | 'operations' | 'spans'>): Completeness {
  const seen = traceEnds(spans);
  const explain = explanations(manifest);
  const result: Completeness = {
    operations: operations.length,
    withRoot: 0,
    withEntry: 0,
    complete: 0,
    explained: 0,
    share: null,
    missingByReason: {},
    examples: [],
  };
  for (const operation of operations) {
    const { root = false, entry = false } = seen.get(operation.traceId) ?? {};
    if (root) result.withRoot += 1;
    if (entry) result.withEntry += 1;
    if (root && entry) {
      result.complete += 1;
      continue;
    }
    const explanation = entry ? undefined : explain(operation);
    const missing = root ? 'entry span missing' : entry ? 'root span missing' : 'both spans missing';
    const isExplained = root && explanation !== undefined;
    const reason = isExplained ? explanation : missing;
    result.missingByReason[reason] = (result.missingByReason[reason] ?? 0) + 1;
    if (isExplained) result.explained += 1;
    else if (result.examples.length < EXAMPLES_MAX) result.examples.push(operation.traceId);
  }
  const expected = result.operations - result.explained;
  if (expected > 0) result.share = result.complete / expected;
  return result;
}

interface TraceEnds {
  root: boolean;
  entry: boolean;
}

function traceEnds(spans: readonly Span[]): Map<string, TraceEnds> {
  const byTrace = new Map<string, TraceEnds>();
  for (const { traceId, parentSpanId, kind } of spans) {
    let ends = byTrace.get(traceId);
    if (ends === undefined) {
      ends = { root: false, entry: false };
      byTrace.set(traceId, ends);
    }
    if (kind === 'server') ends.entry = true;
    else if (parentSpanId === undefined) ends.root = true;
  }
  return byTrace;
}

/** Says why no server's span can be expected of an operation; undefined when nothing explains it. */
function explanations(manifest: RunManifest): (operation: Operation) => string | undefined {
  const killed = spansOf(manifest.faults, 'killed', 'started');
  const cut = spansOf(manifest.faults, 'cut', 'restored');
  const { topology } = manifest;
  const unreachable = Map.groupBy(
    [...killed]
      .filter(([name]) => topology.nodes.some((node) => node.name === name && ANSWERING_TIERS.includes(node.tier)))
      .flatMap(([name, spans]) => spans.map((span) => ({ zone: zoneOf(topology, name), span }))),
    ({ zone }) => zone,
  );
  const telemetryEdges = topology.edges.filter(({ plane }) => plane === 'telemetry');

  const isCutOff = ({ region, datacenter }: Operation, during: TimeSpan): boolean =>
    topology.edges
      .filter(({ from, to }) => from === `clients.${region}` && zoneOf(topology, to) === datacenter)
      .some((edge) => overlapsAny(cut.get(edgeName(edge)), during));
  const losesSpans = (server: string, during: TimeSpan): boolean =>
    overlapsAny(killed.get(server), during) ||
    telemetryEdges.some((edge) => edge.from === server && overlapsAny(cut.get(edgeName(edge)), during));

  return (operation) => {
    const { status, servedBy, datacenter, error, startMs } = operation;
    const endMs = operation.endMs ?? Infinity;
    if (status === undefined) {
      if (NEVER_SENT.includes(error ?? '')) return 'never sent';
      if (isCutOff(operation, { fromMs: startMs, toMs: endMs })) return 'sent across a cut edge';
      const dead = (unreachable.get(datacenter) ?? []).map(({ span }) => span);
      return overlapsAny(dead, { fromMs: startMs, toMs: endMs }) ? 'sent to a killed server' : undefined;
    }
    if (servedBy === undefined) return status >= 500 ? 'refused before it reached a server' : undefined;
    const held = { fromMs: startMs, toMs: endMs + SPANS_HELD_MS };
    return losesSpans(servedBy, held) ? 'answered by a server that was lost before it sent its spans' : undefined;
  };
}

/** From the action that began it to the one that ended it, by subject; without an end it lasts for ever. */
function spansOf(
  faults: readonly FaultRecord[],
  began: FaultRecord['actions'][number]['what'],
  ended: FaultRecord['actions'][number]['what'],
): Map<string, TimeSpan[]> {
  const bySubject = new Map<string, TimeSpan[]>();
  for (const { actions, undoActions } of faults) {
    for (const { what, subject, atMs } of actions) {
      if (what !== began) continue;
      const end = undoActions.find((action) => action.what === ended && action.subject === subject);
      const spans = bySubject.get(subject) ?? [];
      spans.push({ fromMs: atMs, toMs: end?.atMs ?? Infinity });
      bySubject.set(subject, spans);
    }
  }
  return bySubject;
}

function overlapsAny(spans: readonly TimeSpan[] | undefined, { fromMs, toMs }: TimeSpan): boolean {
  return spans?.some((span) => span.fromMs <= toMs && fromMs <= span.toMs) ?? false;
}
