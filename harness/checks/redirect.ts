import { formatDuration, formatShare } from '../model/analysis/format.ts';
import { holdSpan } from '../model/analysis/phases.ts';
import { type Redirection, redirection } from '../model/analysis/redirection.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Finding, Measurement } from '../model/verdict.ts';
import type { Conclusion, ConditionalCheck } from './conclusion.ts';
import { defineFaultCheck } from './steady-before.ts';

/** All clients go to other datacenters within the objective. Left out when the run isolates no zone. */
export function redirect(): ConditionalCheck {
  const check = defineFaultCheck(
    { name: 'redirect', title: 'Clients redirected', question: 'survive' },
    concludeRedirect,
  );
  return { ...check, applies: ({ manifest }) => manifest.isolatedZone !== null };
}

function concludeRedirect(record: RunRecord): Conclusion {
  const { objectives } = record.manifest;
  const moved = redirection(record);
  if (moved === null) throw new Error('expected a run that isolates a zone');
  const { lostZone, state, redirectMs, reason = '' } = moved;
  const hold = holdSpan(record.manifest);
  const holdMs = hold === null ? 0 : hold.toMs - hold.fromMs;
  const isStuck = state === 'not-redirected' && holdMs >= objectives.redirectMs;
  const isLate = redirectMs !== null && redirectMs > objectives.redirectMs;
  const objective = `(objective ${formatDuration(objectives.redirectMs)})`;
  const observed =
    redirectMs === null ? reason : `all clients had left ${lostZone} after ${formatDuration(redirectMs)}`;
  const before = formatShare(moved.shares.before?.[lostZone] ?? 0);
  return {
    expected: `no client goes to ${lostZone} later than ${formatDuration(objectives.redirectMs)} after the first injected action`,
    observed,
    violated: isStuck || isLate,
    gaps: redirectMs === null && !isStuck ? [reason] : [],
    sentences: {
      passed: `All clients had left ${lostZone}, which served ${before} of them before, ${formatDuration(redirectMs)} after the fault ${objective}.`,
      deviated: isStuck
        ? `Clients were never all redirected: ${reason} ${objective}.`
        : `Clients went on going to ${lostZone} for ${formatDuration(redirectMs)} after the fault ${objective}.`,
      inconclusive: 'It is not known whether clients were redirected',
    },
    measurements: [
      { name: 'redirect-time', value: redirectMs, unit: 'ms', objective: objectives.redirectMs },
      ...shareMeasurements(moved),
    ],
    findings: isStuck || isLate ? lastVisits(record, lostZone, hold?.toMs ?? Infinity) : [],
    advice:
      'Check that the name server health-checks each datacenter and leaves out a dead one, and that the time to live of its answers and the keep-alive of clients are shorter than the objective.',
  };
}

function shareMeasurements({ shares }: Redirection): Measurement[] {
  return Object.entries(shares).flatMap(([period, byZone]) =>
    Object.entries(byZone ?? {}).map(
      ([zone, share]): Measurement => ({
        name: 'traffic-share',
        value: share * 100,
        unit: '%',
        labels: { zone, period },
      }),
    ),
  );
}

/** The last few operations that still went there. */
function lastVisits({ operations }: RunRecord, lostZone: string, beforeMs: number): Finding[] {
  return operations
    .filter(({ datacenter, startMs }) => datacenter === lostZone && startMs < beforeMs)
    .slice(-3)
    .reverse()
    .map(({ f, region, startMs, traceId, error }) => ({
      summary: `${f} from ${region} still went to ${lostZone}${error === undefined ? '' : ` and ended with ${error}`}`,
      atMs: startMs,
      traceId,
    }));
}
