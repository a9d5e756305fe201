import { faultSpan, phaseSpan } from '../model/analysis/phases.ts';
import { steadyLevel } from '../model/analysis/service-level.ts';
import type { Check } from '../model/experiment.ts';
import type { Operation } from '../model/operation.ts';
import type { RunManifest, RunRecord } from '../model/run-record.ts';
import { type CheckIdentity, type Conclusion, defineCheck } from './conclusion.ts';
import { assessService, byRegion, type ServiceAssessment } from './service.ts';

/** How the service was in the steady-state phase; null when there was no such phase. */
export function assessSteadyState(record: RunRecord): ServiceAssessment | null {
  const span = phaseSpan(record.manifest, 'steady-state');
  if (span === null) return null;
  const undisturbed = { ...record, operations: record.operations.filter(endedUndisturbed(record.manifest)) };
  return assessService(byRegion(undisturbed, span), steadyLevel(record.manifest.objectives));
}

/**
 * What was under way when the fault began was ended by the fault, and says nothing about the time before: in a short
 * phase on a slow machine that is more than the objective allows to fail. What had then taken longer than the objective
 * for latency was late already, and counts.
 */
function endedUndisturbed(manifest: RunManifest): (operation: Operation) => boolean {
  const faultMs = faultSpan(manifest)?.fromMs ?? Infinity;
  const lateMs = faultMs - manifest.objectives.latencyP99Ms;
  return ({ intendedMs, endMs }) => intendedMs <= lateMs || (endMs !== null && endMs <= faultMs);
}

/**
 * A check that blames the fault for what it finds. A system that was not steady before the fault proves nothing about
 * the fault, neither good nor bad: then such a check is inconclusive whatever it found.
 */
export function defineFaultCheck(identity: CheckIdentity, conclude: (record: RunRecord) => Conclusion): Check {
  return defineCheck(identity, (record) => {
    const conclusion = conclude(record);
    const reason = unsteadiness(record);
    return reason === null ? conclusion : { ...conclusion, violated: false, gaps: [reason, ...conclusion.gaps] };
  });
}

function unsteadiness(record: RunRecord): string | null {
  const steady = assessSteadyState(record);
  if (steady === null) return 'there was no steady state before the fault to compare with';
  const [problem] = [...steady.shortfalls, ...steady.gaps];
  return problem === undefined ? null : `the system was not steady before the fault (${problem})`;
}
