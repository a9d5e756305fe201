import { latencyMsOf, type Operation } from '../../model/operation.ts';
import type { RunRecord } from '../../model/run-record.ts';
import type { Span } from '../../model/telemetry.ts';
import { MOMENTS, type Moment, type RunTimes } from './times.ts';

/** Rows of one waterfall; the rest of a larger trace is counted. */
const ROWS_MAX = 24;

export type Choice = 'fastest' | 'median' | 'slowest' | 'failed';

/** One operation as an example, with what its trace says of it. */
export interface TraceView {
  id: string;
  moment: Moment;
  choice: Choice;
  operation: Operation;
  latencyMs: number | null;
  rows: TraceRow[];
  rowsOmitted: number;
}

/** One span; shares are of the waterfall's width. */
export interface TraceRow {
  depth: number;
  name: string;
  node: string;
  zone: string;
  /** Since the operation's intended start. */
  startMs: number;
  durationMs: number;
  leftShare: number;
  widthShare: number;
  error: boolean;
  message: string | null;
}

/** For each moment the fastest, the median and the slowest success and a failure: at most twelve. */
export function exemplarTraces({ operations, spans }: RunRecord, { moments }: RunTimes): TraceView[] {
  const traced = new Set(spans.map(({ traceId }) => traceId));
  const chosen = MOMENTS.flatMap((moment) => {
    const span = moments[moment];
    if (span === null) return [];
    const within = operations.filter(({ intendedMs }) => intendedMs >= span.fromMs && intendedMs < span.toMs);
    return choicesOf(within, traced).map(({ choice, operation }) => ({ moment, choice, operation }));
  });
  const wanted = new Set(chosen.map(({ operation }) => operation.traceId));
  const byTrace = Map.groupBy(
    spans.filter(({ traceId }) => wanted.has(traceId)),
    ({ traceId }) => traceId,
  );
  return chosen.map(({ moment, choice, operation }) => ({
    id: `trace-${moment}-${choice}`,
    moment,
    choice,
    operation,
    latencyMs: latencyMsOf(operation),
    ...waterfall(operation, byTrace.get(operation.traceId) ?? []),
  }));
}

/** Operations whose spans arrived are preferred; the same operation is never shown twice. */
function choicesOf(operations: Operation[], traced: ReadonlySet<string>): { choice: Choice; operation: Operation }[] {
  const preferred = (candidates: Operation[]): Operation[] => {
    const withSpans = candidates.filter(({ traceId }) => traced.has(traceId));
    return withSpans.length > 0 ? withSpans : candidates;
  };
  const latency = (operation: Operation) => latencyMsOf(operation) ?? Number.POSITIVE_INFINITY;
  const succeeded = preferred(operations.filter(({ outcome }) => outcome === 'ok')).sort(
    (a, b) => latency(a) - latency(b) || a.index - b.index,
  );
  const failed = preferred(operations.filter(({ outcome }) => outcome !== 'ok'));
  const choices: [Choice, Operation | undefined][] = [
    ['fastest', succeeded[0]],
    ['median', succeeded[Math.floor(succeeded.length / 2)]],
    ['slowest', succeeded.at(-1)],
    ['failed', failed[0]],
  ];
  const seen = new Set<number>();
  return choices.flatMap(([choice, operation]) => {
    if (operation === undefined || seen.has(operation.index)) return [];
    seen.add(operation.index);
    return [{ choice, operation }];
  });
}

/** Spans in the order of a depth-first walk, children by start; those whose parent never arrived stand at the top. */
function waterfall(operation: Operation, spans: Span[]): { rows: TraceRow[]; rowsOmitted: number } {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const parentOf = ({ parentSpanId }: Span) =>
    parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : null;
  const children = Map.groupBy(spans, parentOf);
  const ordered: { span: Span; depth: number }[] = [];
  const visited = new Set<string>();
  const visit = (parent: string | null, depth: number): void => {
    const siblings = [...(children.get(parent) ?? [])].sort(
      (a, b) => a.startMs - b.startMs || compare(a.spanId, b.spanId),
    );
    for (const span of siblings) {
      if (visited.has(span.spanId) || ordered.length === ROWS_MAX) continue;
      visited.add(span.spanId);
      ordered.push({ span, depth });
      visit(span.spanId, depth + 1);
    }
  };
  visit(null, 0);
  const fromMs = spans.reduce((least, { startMs }) => Math.min(least, startMs), operation.intendedMs);
  const toMs = spans.reduce((most, { endMs }) => Math.max(most, endMs), operation.endMs ?? operation.intendedMs);
  const lengthMs = Math.max(toMs - fromMs, 0.001);
  const rows = ordered.map(
    ({ span, depth }): TraceRow => ({
      depth,
      name: span.name,
      node: span.node,
      zone: span.zone,
      startMs: span.startMs - operation.intendedMs,
      durationMs: span.endMs - span.startMs,
      leftShare: (span.startMs - fromMs) / lengthMs,
      widthShare: Math.max(0, span.endMs - span.startMs) / lengthMs,
      error: span.error,
      message: span.statusMessage ?? null,
    }),
  );
  return { rows, rowsOmitted: spans.length - rows.length };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
