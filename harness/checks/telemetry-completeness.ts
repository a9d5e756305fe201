import { formatCount, formatList, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { completeness } from '../model/analysis/telemetry-completeness.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

/**
 * Nearly every operation left its client's span and a server's; those that met a killed server or a cut edge explain
 * themselves. Too few make the run inconclusive: evidence is missing, which says nothing of the target's resilience.
 */
export function telemetryCompleteness(): Check {
  return defineCheck({ name: 'telemetry-completeness', title: 'Telemetry complete', question: 'known' }, conclude);
}

function conclude(record: RunRecord): Conclusion {
  const objective = record.manifest.objectives.telemetryCompleteness;
  const { operations, withRoot, withEntry, complete, explained, share, missingByReason, examples } =
    completeness(record);
  const reasons = Object.entries(missingByReason).sort(([, one], [, other]) => other - one);
  const missing = formatList(reasons.map(([reason, count]) => `${reason}: ${formatCount(count)}`));
  const observed = `both spans of ${formatCount(complete)} of ${formatNumberOf(operations, 'operation')} arrived (${formatShare(share)} of those that nothing explains)${missing && `; ${missing}`}`;
  return {
    expected: `the client's span and a server's span of at least ${formatShare(objective)} of the operations arrive, leaving out those that the fault explains`,
    observed,
    violated: false,
    gaps: share !== null && share >= objective ? [] : [operations === 0 ? 'no operations were recorded' : observed],
    sentences: {
      passed: `The traces of ${formatShare(share)} of the operations are complete (objective ${formatShare(objective)}); ${formatCount(explained)} more have no server's span because of the fault.`,
      inconclusive: 'Too little telemetry arrived to trust what it shows',
    },
    measurements: [
      { name: 'completeness', value: share === null ? null : share * 100, unit: '%', objective: objective * 100 },
      { name: 'with-client-span', value: withRoot, unit: 'count' },
      { name: 'with-server-span', value: withEntry, unit: 'count' },
      { name: 'explained', value: explained, unit: 'count' },
    ],
    findings: examples.map((traceId) => ({ summary: 'an operation whose spans did not all arrive', traceId })),
  };
}
