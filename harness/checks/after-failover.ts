import { formatDuration } from '../model/analysis/format.ts';
import { holdSpan } from '../model/analysis/phases.ts';
import { RECOVERY_WINDOW_MS, type RecoveryTime, recoveryTimes } from '../model/analysis/recovery-time.ts';
import { recoveredLevel } from '../model/analysis/service-level.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Conclusion } from './conclusion.ts';
import { assessService, describeLevel, type ServicePart } from './service.ts';
import { defineFaultCheck } from './steady-before.ts';

/** From the moment service was back, or should have been, until the hold ends it is as good as promised. */
export function afterFailover(): Check {
  return defineFaultCheck(
    { name: 'after-failover', title: 'Good service once recovered', question: 'survive' },
    concludeAfterFailover,
  );
}

function concludeAfterFailover(record: RunRecord): Conclusion {
  const level = recoveredLevel(record.manifest.objectives);
  const times = recoveryTimes(record);
  const parts = times.map((time) => partAfter(time, record));
  const service = assessService(
    parts.filter((part) => typeof part !== 'string'),
    level,
  );
  return {
    expected: `once recovered and until the hold ends, in every region, for reads and for writes: ${describeLevel(level)}`,
    observed: service.observed,
    violated: service.shortfalls.length > 0,
    gaps: [...parts.filter((part) => typeof part === 'string'), ...service.gaps],
    sentences: {
      passed: `With the fault still there ${service.observed}.`,
      deviated: `With the fault still there service was not good enough: ${service.shortfalls.join('; ')}.`,
      inconclusive: 'It is not known how good service was once it had recovered',
    },
    measurements: service.measurements,
    findings: service.shortfalls.map((summary) => ({ summary })),
    advice:
      'What is left should carry all the load: look for a saturated tier in the healthy datacenter, and for requests that still depend on the lost one.',
  };
}

/** What is left of the hold after a recovery; the reason when nothing can be said of it. */
function partAfter(time: RecoveryTime, { manifest, operations }: RunRecord): ServicePart | string {
  const { region, class: kind, state, rtaMs, objectiveMs, reason } = time;
  const hold = holdSpan(manifest);
  if (hold === null || state === 'unknown') return `${kind}s in ${region}: ${reason}`;
  const span = { fromMs: hold.fromMs + (rtaMs ?? objectiveMs), toMs: hold.toMs };
  if (span.toMs - span.fromMs < RECOVERY_WINDOW_MS) {
    return `${kind}s in ${region}: the hold ended less than ${formatDuration(RECOVERY_WINDOW_MS)} after they should have been back`;
  }
  return {
    labels: { region, class: kind },
    where: `for ${kind}s in ${region}`,
    operations: operations.filter((operation) => operation.region === region && operation.class === kind),
    span,
  };
}
