import type { Operation } from '../operation.ts';
import type { RunManifest, RunRecord } from '../run-record.ts';
import { formatDuration, formatNumberOf } from './format.ts';
import { holdSpan, phaseSpan, type TimeSpan } from './phases.ts';
import { type TrafficShare, trafficShare } from './traffic-share.ts';

/** When somebody dialled the lost zone this shortly before the hold ended, nobody can say that it was the last time. */
const QUIET_MS = 1000;
/** Fewer operations elsewhere than this are no evidence that traffic moved. */
const ELSEWHERE_MIN = 5;

/** Whether and when all traffic of all clients had left the lost zone. */
export interface Redirection {
  lostZone: string;
  state: 'redirected' | 'not-redirected' | 'unknown';
  /** From the first injected action to the last operation of the hold that dialled the lost zone; 0 if none did. */
  redirectMs: number | null;
  reason?: string;
  /** By zone, 0..1: in steady state, from the fault to the end of the hold, and in the recovery phase. */
  shares: { before: Shares | null; during: Shares | null; after: Shares | null };
}

type Shares = TrafficShare['shares'];

/** Null when the run isolates no zone: then nobody is expected to move. */
export function redirection({ manifest, operations }: Pick<RunRecord, 'manifest' | 'operations'>): Redirection | null {
  const lostZone = manifest.isolatedZone;
  if (lostZone === null) return null;
  const span = holdSpan(manifest);
  const shares = {
    before: shareOver(operations, phaseSpan(manifest, 'steady-state')),
    during: shareOver(operations, span),
    after: shareOver(operations, phaseSpan(manifest, 'recovery')),
  };
  return { lostZone, shares, ...departure(operations, manifest, { lostZone, span }) };
}

function departure(
  operations: readonly Operation[],
  manifest: RunManifest,
  { lostZone, span }: { lostZone: string; span: TimeSpan | null },
): Pick<Redirection, 'state' | 'redirectMs' | 'reason'> {
  const unknown = (reason: string) => ({ state: 'unknown', redirectMs: null, reason }) as const;
  if (span === null) return unknown('no fault was injected and held');
  const known = manifest.topology.zones.some(({ name }) => name === lostZone);
  if (!known) return unknown(`the topology has no zone ${lostZone}`);
  let lastMs = span.fromMs;
  let elsewhere = 0;
  for (const { startMs, datacenter } of operations) {
    if (startMs < span.fromMs || startMs >= span.toMs || datacenter === undefined) continue;
    if (datacenter !== lostZone) elsewhere += 1;
    else if (startMs > lastMs) lastMs = startMs;
  }
  if (elsewhere === 0 && lastMs === span.fromMs) return unknown('no operation dialled any datacenter during the fault');
  if (span.toMs - lastMs < QUIET_MS || elsewhere === 0) {
    const reason = `clients still dialled ${lostZone} ${formatDuration(lastMs - span.fromMs)} after the fault, when the hold ended`;
    return { state: 'not-redirected', redirectMs: null, reason };
  }
  const after = operations.filter(
    ({ startMs, datacenter }) => startMs > lastMs && startMs < span.toMs && datacenter !== undefined,
  ).length;
  if (after < ELSEWHERE_MIN)
    return unknown(`only ${formatNumberOf(after, 'operation')} followed the last one to ${lostZone}`);
  return { state: 'redirected', redirectMs: lastMs - span.fromMs };
}

function shareOver(operations: readonly Operation[], span: TimeSpan | null): Shares | null {
  if (span === null || span.toMs <= span.fromMs) return null;
  const whole = trafficShare(operations, { ...span, stepMs: span.toMs - span.fromMs })[0];
  return whole === undefined || whole.total === 0 ? null : whole.shares;
}
