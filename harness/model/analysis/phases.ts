import type { Phase } from '../phase.ts';
import type { RunManifest } from '../run-record.ts';

/** Epoch milliseconds; `toMs` is not part of it. */
export interface TimeSpan {
  fromMs: number;
  toMs: number;
}

/** When a phase ran; null when it did not, or when nothing says when it ended. */
export function phaseSpan(manifest: Pick<RunManifest, 'phases' | 'finishedAtMs'>, phase: Phase): TimeSpan | null {
  const record = manifest.phases.find((candidate) => candidate.phase === phase);
  const toMs = record?.endedAtMs ?? manifest.finishedAtMs;
  return record === undefined || toMs === null ? null : { fromMs: record.startedAtMs, toMs };
}

/**
 * From the first injected action to the last action of the undo; null when nothing was injected. A fault that was
 * never undone lasts to the end of what is known of the run.
 */
export function faultSpan(manifest: Pick<RunManifest, 'phases' | 'faults' | 'finishedAtMs'>): TimeSpan | null {
  const actions = manifest.faults.flatMap((fault) => fault.actions.map(({ atMs }) => atMs));
  if (actions.length === 0) return null;
  const fromMs = Math.min(...actions);
  const injected = manifest.faults.filter((fault) => fault.actions.length > 0);
  const undone = injected.map(({ undoActions, undoneUntilMs }) =>
    undoActions.length === 0 ? null : (undoneUntilMs ?? Math.max(...undoActions.map(({ atMs }) => atMs))),
  );
  const known = undone.filter((atMs) => atMs !== null);
  const toMs = known.length === undone.length ? Math.max(...known) : lastKnownMs(manifest);
  return { fromMs, toMs: Math.max(fromMs, toMs) };
}

/** The part of the fault in which recovery counts: from the first injected action until the hold ends. */
export function holdSpan(manifest: Pick<RunManifest, 'phases' | 'faults' | 'finishedAtMs'>): TimeSpan | null {
  const fault = faultSpan(manifest);
  const hold = phaseSpan(manifest, 'hold');
  if (fault === null || hold === null) return null;
  return { fromMs: fault.fromMs, toMs: Math.max(fault.fromMs, hold.toMs) };
}

/** When the undo of the last fault began; null when there was none. */
export function undoneFromMs({ faults }: Pick<RunManifest, 'faults'>): number | null {
  const times = faults.map((fault) => fault.undoneFromMs).filter((atMs) => atMs !== null);
  return times.length === 0 ? null : Math.max(...times);
}

function lastKnownMs({ phases, finishedAtMs }: Pick<RunManifest, 'phases' | 'finishedAtMs'>): number {
  return finishedAtMs ?? Math.max(...phases.map(({ startedAtMs, endedAtMs }) => endedAtMs ?? startedAtMs));
}
