import { formatDuration, formatList } from '../model/analysis/format.ts';
import { holdSpan } from '../model/analysis/phases.ts';
import { RECOVERY_WINDOW_MS, type RecoveryTime, recoveryTimes } from '../model/analysis/recovery-time.ts';
import type { Operation, OperationClass } from '../model/operation.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Finding } from '../model/verdict.ts';
import type { Conclusion } from './conclusion.ts';

/** Whether one class of operations was back in time in every region. */
export function concludeRecovery(record: RunRecord, kind: OperationClass, advice: string): Conclusion {
  const { manifest } = record;
  const hold = holdSpan(manifest);
  const holdMs = hold === null ? 0 : hold.toMs - hold.fromMs;
  const times = recoveryTimes(record).filter((time) => time.class === kind);
  const late = times.filter((time) => isLate(time, holdMs));
  const untold = times.filter((time) => time.state !== 'recovered' && !late.includes(time));
  const objectiveMs = kind === 'read' ? manifest.objectives.rtoReadsMs : manifest.objectives.rtoWritesMs;
  const noun = kind === 'read' ? 'Reads' : 'Writes';
  const observed = describe(times, holdMs);
  const sentence = `${noun} were ${observed} (objective ${formatDuration(objectiveMs)}).`;
  return {
    expected: `${noun.toLowerCase()} are back within ${formatDuration(objectiveMs)} of the first injected action in every region`,
    observed,
    violated: late.length > 0,
    gaps: times.length === 0 ? ['the load has no regions'] : untold.map((time) => untoldGap(time, holdMs)),
    sentences: {
      passed: sentence,
      deviated: sentence,
      inconclusive: `It is not known whether ${noun.toLowerCase()} came back in time`,
    },
    measurements: times.map(({ region, rtaMs }) => ({
      name: 'rta',
      value: rtaMs,
      unit: 'ms',
      objective: objectiveMs,
      labels: { region, class: kind },
    })),
    findings: late.map((time) => lateFinding(time, record)),
    advice,
  };
}

/** Not being back is proven only when the hold was long enough for a recovery at the last permitted moment. */
function isLate({ state, rtaMs, objectiveMs }: RecoveryTime, holdMs: number): boolean {
  if (state === 'not-recovered') return holdMs - RECOVERY_WINDOW_MS >= objectiveMs;
  return state === 'recovered' && rtaMs !== null && rtaMs > objectiveMs;
}

function untoldGap({ region, state, reason, objectiveMs }: RecoveryTime, holdMs: number): string {
  if (state === 'unknown') return `${region}: ${reason}`;
  const needed = formatDuration(objectiveMs + RECOVERY_WINDOW_MS);
  return `${region}: ${reason}, but the hold of ${formatDuration(holdMs)} is too short to tell, ${needed} are needed`;
}

/** `back after 6.2 s in us-west, and within the objectives throughout in us-east` */
function describe(times: readonly RecoveryTime[], holdMs: number): string {
  const back = times.filter(({ rtaMs }) => rtaMs !== null && rtaMs > 0);
  const unhurt = times.filter(({ rtaMs }) => rtaMs === 0);
  const gone = times.filter(({ state }) => state === 'not-recovered');
  const untold = times.filter(({ state }) => state === 'unknown');
  const regions = (some: readonly RecoveryTime[]) => formatList(some.map(({ region }) => region));
  const parts = [
    back.length > 0 &&
      `back after ${formatList(back.map(({ rtaMs, region }) => `${formatDuration(rtaMs)} in ${region}`))}`,
    unhurt.length > 0 && `within the objectives throughout in ${regions(unhurt)}`,
    gone.length > 0 && `not back in ${regions(gone)} in the ${formatDuration(holdMs)} until the hold ended`,
    untold.length > 0 && `not measurable in ${regions(untold)}`,
  ];
  return parts.filter((part) => part !== false).join(', and ');
}

/** Points to the last operation that failed before the recovery, or before the hold ended. */
function lateFinding({ region, class: kind, rtaMs, objectiveMs, reason }: RecoveryTime, record: RunRecord): Finding {
  const hold = holdSpan(record.manifest);
  const fromMs = hold?.fromMs ?? 0;
  const toMs = rtaMs === null ? (hold?.toMs ?? Infinity) : fromMs + rtaMs;
  const failed = record.operations.findLast(
    (operation: Operation) =>
      operation.region === region &&
      operation.class === kind &&
      operation.outcome !== 'ok' &&
      operation.intendedMs >= fromMs &&
      operation.intendedMs < toMs,
  );
  const what = rtaMs === null ? `not back: ${reason}` : `back after ${formatDuration(rtaMs)}`;
  const summary = `${kind}s in ${region}: ${what} (objective ${formatDuration(objectiveMs)})`;
  if (failed === undefined) return { summary };
  return { summary: `${summary}; the last failure is linked`, atMs: failed.intendedMs, traceId: failed.traceId };
}
