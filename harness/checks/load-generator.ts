import { formatCount, formatDuration, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import { faultSpan } from '../model/analysis/phases.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

const LAG_P99_MS_MAX = 50;
/**
 * Of the operations before the fault. During it, operations that hang may use up every client: those drops are what
 * users would have felt, and they count as failures.
 */
const DROPPED_BEFORE_MAX = 0.001;

/** The load was offered as it was meant to be: a generator that cannot keep up measures itself, not the target. */
export function loadGenerator(): Check {
  return defineCheck({ name: 'load-generator', title: 'Load offered as planned', question: 'real' }, conclude);
}

function conclude({ manifest, operations }: RunRecord): Conclusion {
  const { generator } = manifest.harness;
  const faultMs = faultSpan(manifest)?.fromMs ?? Infinity;
  const before = operations.filter(({ intendedMs }) => intendedMs < faultMs);
  const dropped = operations.filter(({ error }) => error === 'dropped').length;
  const droppedBefore = before.filter(({ error }) => error === 'dropped').length;
  const droppedBeforeShare = before.length === 0 ? null : droppedBefore / before.length;
  const lagMs = generator?.lagP99Ms ?? null;
  const observed =
    generator === null
      ? 'no statistics'
      : `${formatNumberOf(generator.scheduled, 'operation')} offered, ${formatDuration(lagMs)} late at the 99th percentile, ${formatCount(dropped)} dropped, ${formatCount(droppedBefore)} of them before the fault`;
  return {
    expected: `operations start at most ${LAG_P99_MS_MAX} ms late at the 99th percentile, and at most ${formatShare(DROPPED_BEFORE_MAX)} are dropped before the fault`,
    observed,
    violated: false,
    gaps: [
      ...(generator === null ? ['the load generator left no statistics'] : []),
      ...(generator !== null && lagMs === null ? ['the lag of the load generator is not known'] : []),
      ...(lagMs !== null && lagMs > LAG_P99_MS_MAX
        ? [
            `overloaded generator: operations started ${formatDuration(lagMs)} late at the 99th percentile, at most ${LAG_P99_MS_MAX} ms are allowed`,
          ]
        : []),
      ...(droppedBeforeShare !== null && droppedBeforeShare > DROPPED_BEFORE_MAX
        ? [`overloaded generator: ${formatShare(droppedBeforeShare)} of the operations before the fault were dropped`]
        : []),
      ...(generator !== null && operations.length < generator.scheduled
        ? [
            `${formatNumberOf(generator.scheduled - operations.length, 'operation')} of ${formatCount(generator.scheduled)} missing from the history`,
          ]
        : []),
      ...(before.length === 0 ? ['no operations were recorded before the fault'] : []),
    ],
    sentences: {
      passed: `The load was offered as planned: ${observed}.`,
      inconclusive: 'The load was not offered as planned',
    },
    measurements: [
      { name: 'scheduled', value: generator?.scheduled ?? null, unit: 'count' },
      { name: 'dropped', value: dropped, unit: 'count' },
      {
        name: 'dropped-before-fault',
        value: droppedBeforeShare === null ? null : droppedBeforeShare * 100,
        unit: '%',
        objective: DROPPED_BEFORE_MAX * 100,
      },
      { name: 'lag-p99', value: lagMs, unit: 'ms', objective: LAG_P99_MS_MAX },
    ],
  };
}
