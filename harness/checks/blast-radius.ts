import { formatCount, formatDuration, formatShare } from '../model/analysis/format.ts';
import { faultSpan, type TimeSpan } from '../model/analysis/phases.ts';
import { windowsOf } from '../model/analysis/windows.ts';
import { BLAST_WINDOW_MS } from '../model/blast-radius.ts';
import type { Operation } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, type ConditionalCheck, defineCheck } from './conclusion.ts';

const STEP_MS = 500;
const WINDOW = formatDuration(BLAST_WINDOW_MS);

/** The faults touched no more users and operations than the experiment declared. */
export function blastRadius(): ConditionalCheck {
  const check = defineCheck({ name: 'blast-radius', title: 'Blast radius as declared', question: 'survive' }, conclude);
  return { ...check, applies: ({ manifest }) => (manifest.blastRadius ?? null) !== null };
}

function conclude(record: RunRecord): Conclusion {
  const declared = record.manifest.blastRadius!;
  const span = faultSpan(record.manifest);
  const during = record.operations.filter(
    ({ intendedMs }) => span !== null && intendedMs >= span.fromMs && intendedMs < span.toMs,
  );
  const failed = during.filter(({ outcome }) => outcome !== 'ok');
  const users = new Set(during.map(({ user }) => user)).size;
  const touched = new Set(failed.map(({ user }) => user)).size;
  const userShare = users === 0 ? null : touched / users;
  const failedShare = span === null ? null : worstShare(during, span);
  const through = exposedShare(record, span?.fromMs ?? Infinity);
  const observed = `${formatCount(touched)} of ${formatCount(users)} users (${formatShare(userShare ?? 0)}) had an operation fail, and ${formatShare(failedShare ?? 0)} of the operations failed in the worst ${WINDOW}`;
  const limits = `at most ${formatShare(declared.users)} of the users, and ${formatShare(declared.operations)} of the operations of any ${WINDOW}`;
  return {
    expected: `while the faults are there, they touch ${limits}`,
    observed,
    violated: (userShare ?? 0) > declared.users || (failedShare ?? 0) > declared.operations,
    gaps: [
      ...(span === null ? ['no fault was injected'] : []),
      ...(span !== null && during.length === 0 ? ['no operations were recorded while the faults were there'] : []),
    ],
    sentences: {
      passed: `The blast radius stayed within what was declared: ${observed}.`,
      deviated: `The faults touched more than was declared (${limits}): ${observed}.`,
      inconclusive: 'It is not known how far the faults reached',
    },
    measurements: [
      { name: 'users-touched', value: percent(userShare), unit: '%', objective: declared.users * 100 },
      {
        name: 'operations-failed-at-worst',
        value: percent(failedShare),
        unit: '%',
        objective: declared.operations * 100,
      },
      { name: 'traffic-through-the-fault', value: percent(through), unit: '%' },
    ],
    findings: byRegion(during).map(({ region, share }) => ({
      summary: `${region}: ${formatShare(share)} of the operations failed`,
    })),
    advice:
      'Declare a wider blast radius if that is what the system promises; otherwise find out who was touched, and by what.',
  };
}

/** The largest share of operations that failed within one window of the span; a shorter span is one window. */
function worstShare(operations: readonly Operation[], { fromMs, toMs }: TimeSpan): number | null {
  if (operations.length === 0) return null;
  const lengthMs = Math.min(BLAST_WINDOW_MS, toMs - fromMs);
  const windows = windowsOf(operations, { fromMs, toMs, stepMs: STEP_MS, lengthMs });
  return Math.max(...windows.map(({ availability }) => 1 - (availability ?? 1)));
}

/** Share of the traces before the fault that went through a node which it touched; null without traces. */
function exposedShare({ manifest, spans }: RunRecord, faultMs: number): number | null {
  const nodes = new Set(manifest.faults.flatMap(({ scope }) => scope.nodes));
  const traces = new Map<string, boolean>();
  for (const { traceId, node, startMs } of spans) {
    if (startMs < faultMs) traces.set(traceId, (traces.get(traceId) ?? false) || nodes.has(node));
  }
  return traces.size === 0 ? null : [...traces.values()].filter(Boolean).length / traces.size;
}

function byRegion(operations: readonly Operation[]): { region: string; share: number }[] {
  return [...Map.groupBy(operations, ({ region }) => region)].map(([region, all]) => ({
    region,
    share: all.filter(({ outcome }) => outcome !== 'ok').length / all.length,
  }));
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}
