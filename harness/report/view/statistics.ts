import { phaseSpan, type TimeSpan } from '../../model/analysis/phases.ts';
import { type Window, windowOver } from '../../model/analysis/windows.ts';
import type { Operation } from '../../model/operation.ts';
import { PHASES } from '../../model/phase.ts';
import type { RunRecord } from '../../model/run-record.ts';
import { MOMENTS, type Moment, type RunTimes } from './times.ts';

const ERRORS_MAX = 20;

export interface StatisticsView {
  /** Only phases in which clients were active. */
  phases: { phase: string; window: Window }[];
  /** While the fault lasted, by region and class of operation. */
  groups: { region: string; class: string; window: Window }[];
  /** How operations failed, most frequent first, counted before, during and after the fault. */
  errors: { error: string; total: number; counts: Record<Moment, number> }[];
  errorsOmitted: number;
}

export function statisticsOf({ manifest, operations }: RunRecord, times: RunTimes): StatisticsView {
  const phases = PHASES.flatMap((phase) => {
    const span = phaseSpan(manifest, phase);
    if (span === null) return [];
    const window = windowOver(operations, span);
    return window.operations === 0 ? [] : [{ phase, window }];
  });
  const errors = errorsOf(operations, times);
  return {
    phases,
    groups: times.fault === null ? [] : groupsOf(operations, times.fault),
    errors: errors.slice(0, ERRORS_MAX),
    errorsOmitted: Math.max(0, errors.length - ERRORS_MAX),
  };
}

function groupsOf(operations: readonly Operation[], span: TimeSpan): StatisticsView['groups'] {
  const groups = Map.groupBy(operations, ({ region, class: kind }) => JSON.stringify([region, kind]));
  return [...groups.values()]
    .map((group) => ({ region: group[0]!.region, class: group[0]!.class, window: windowOver(group, span) }))
    .filter(({ window }) => window.operations > 0)
    .sort((a, b) => compare(a.region, b.region) || compare(a.class, b.class));
}

function errorsOf(operations: readonly Operation[], { moments }: RunTimes): StatisticsView['errors'] {
  const byError = new Map<string, StatisticsView['errors'][number]>();
  for (const { outcome, error, intendedMs } of operations) {
    if (outcome === 'ok') continue;
    const name = error ?? 'never completed';
    const entry = byError.get(name) ?? { error: name, total: 0, counts: { before: 0, during: 0, after: 0 } };
    byError.set(name, entry);
    entry.total += 1;
    const moment = MOMENTS.find((candidate) => contains(moments[candidate], intendedMs));
    if (moment !== undefined) entry.counts[moment] += 1;
  }
  return [...byError.values()].sort((a, b) => b.total - a.total || compare(a.error, b.error));
}

function contains(span: TimeSpan | null, atMs: number): boolean {
  return span !== null && atMs >= span.fromMs && atMs < span.toMs;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
