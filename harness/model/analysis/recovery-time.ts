import type { Operation, OperationClass } from '../operation.ts';
import type { RunManifest, RunRecord } from '../run-record.ts';
import { formatDuration, formatNumberOf } from './format.ts';
import { holdSpan, type TimeSpan } from './phases.ts';
import { recoveredLevel, type ServiceLevel, shortfalls } from './service-level.ts';
import { type Window, windowsOf } from './windows.ts';

export const RECOVERY_WINDOW_MS = 5000;
const RECOVERY_STEP_MS = 250;
/** Fewer operations than this in a window are no evidence, neither of health nor of trouble. */
export const WINDOW_OPERATIONS_MIN = 5;
const CLASSES: readonly OperationClass[] = ['read', 'write'];

/**
 * How long a region's clients went without good service for one class of operations: from the first injected action to
 * the start of the first 5 s window that meets the objectives, with every later one until the hold ends meeting them.
 */
export interface RecoveryTime {
  region: string;
  class: OperationClass;
  /** `not-recovered`: the last window of the hold falls short. `unknown`: there is not enough evidence. */
  state: 'recovered' | 'not-recovered' | 'unknown';
  /** Null unless recovered. 0: it was never worse than the objectives in any window. */
  rtaMs: number | null;
  objectiveMs: number;
  /** Why there is no time; a half sentence. */
  reason?: string;
}

/** One for each region and class. */
export function recoveryTimes({ manifest, operations }: Pick<RunRecord, 'manifest' | 'operations'>): RecoveryTime[] {
  const span = holdSpan(manifest);
  const within = operations.filter(
    ({ intendedMs }) => span !== null && intendedMs >= span.fromMs && intendedMs < span.toMs,
  );
  const groups = Map.groupBy(within, ({ region, class: kind }) => `${region} ${kind}`);
  return Object.keys(manifest.load.regions).flatMap((region) =>
    CLASSES.map((kind) => ({
      region,
      class: kind,
      objectiveMs: kind === 'read' ? manifest.objectives.rtoReadsMs : manifest.objectives.rtoWritesMs,
      ...recovery(groups.get(`${region} ${kind}`) ?? [], manifest),
    })),
  );
}

type Recovery = Pick<RecoveryTime, 'state' | 'rtaMs' | 'reason'>;

function recovery(operations: readonly Operation[], manifest: RunManifest): Recovery {
  const span = holdSpan(manifest);
  if (span === null) return unknown('no fault was injected and held');
  const windows = windowsOf(operations, { ...span, stepMs: RECOVERY_STEP_MS, lengthMs: RECOVERY_WINDOW_MS });
  if (windows.length === 0) return unknown(tooShort(span));
  return recoveryFrom(windows, recoveredLevel(manifest.objectives), span);
}

/** Goes back from the end of the hold while windows meet the level. */
function recoveryFrom(windows: readonly Window[], level: ServiceLevel, span: TimeSpan): Recovery {
  let good = windows.length;
  while (good > 0) {
    const window = windows[good - 1]!;
    if (window.operations < WINDOW_OPERATIONS_MIN) return unknown(tooFew(window, span));
    if (shortfalls(window, level).length > 0) break;
    good -= 1;
  }
  const first = windows[good];
  if (first !== undefined) return { state: 'recovered', rtaMs: first.fromMs - span.fromMs };
  const last = windows.at(-1)!;
  const reason = `in the last 5 s of the hold still ${shortfalls(last, level).join(' and ')}`;
  return { state: 'not-recovered', rtaMs: null, reason };
}

const unknown = (reason: string): Recovery => ({ state: 'unknown', rtaMs: null, reason });

function tooShort({ fromMs, toMs }: TimeSpan): string {
  return `the hold ends ${formatDuration(toMs - fromMs)} after the fault, and a window needs ${formatDuration(RECOVERY_WINDOW_MS)}`;
}

function tooFew(window: Window, { fromMs }: TimeSpan): string {
  const found = formatNumberOf(window.operations, 'operation');
  return `only ${found} in the 5 s from ${formatDuration(window.fromMs - fromMs)} after the fault, at least ${WINDOW_OPERATIONS_MIN} are needed`;
}
