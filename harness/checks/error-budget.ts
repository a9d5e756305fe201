import { formatCount, formatNumberOf, formatPercent, formatShare, formatValue } from '../model/analysis/format.ts';
import type { Check } from '../model/experiment.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, defineCheck } from './conclusion.ts';

const MONTH_MINUTES = 30 * 24 * 60;

/**
 * How much of a month's error budget the whole run used: operations that failed or whose outcome is unknown, as minutes
 * of total outage. It states the consumption and judges nothing: how much may be spent on one outage is for the users
 * of the system to say.
 */
export function errorBudget(): Check {
  return defineCheck({ name: 'error-budget', title: 'Error budget used', question: 'survive' }, conclude);
}

function conclude({ manifest, operations }: RunRecord): Conclusion {
  const objective = manifest.objectives.availability;
  const budgetMinutes = (1 - objective) * MONTH_MINUTES;
  const failed = operations.filter(({ outcome }) => outcome === 'fail').length;
  const unknown = operations.filter(({ outcome }) => outcome === 'info').length;
  const usedMinutes = ((failed + unknown) / Math.max(1, operations.length)) * minutesOf(operations);
  const usedPercent = budgetMinutes > 0 ? (usedMinutes / budgetMinutes) * 100 : null;
  const used = formatValue(usedMinutes, 'minutes');
  const budget = formatValue(budgetMinutes, 'minutes');
  const observed = `${formatNumberOf(failed, 'operation')} of ${formatCount(operations.length)} failed and ${formatCount(unknown)} had an unknown outcome`;
  const part = usedPercent === null ? '' : ` (${formatPercent(usedPercent)})`;
  return {
    expected: `a month at ${formatShare(objective)} allows ${budget} of total outage; what one outage may use of it is not judged here`,
    observed,
    violated: false,
    gaps: operations.length === 0 ? ['no operations were recorded'] : [],
    sentences: {
      passed: `The run used ${used} of the ${budget} of total outage that a month at ${formatShare(objective)} allows${part}: ${observed}.`,
      inconclusive: 'It is not known how much of the error budget was used',
    },
    measurements: [
      { name: 'budget-used', value: operations.length === 0 ? null : usedMinutes, unit: 'minutes' },
      { name: 'budget-used-share', value: operations.length === 0 ? null : usedPercent, unit: '%' },
      { name: 'failed', value: failed, unit: 'count' },
      { name: 'unknown-outcomes', value: unknown, unit: 'count' },
    ],
  };
}

function minutesOf(operations: RunRecord['operations']): number {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (const { intendedMs } of operations) {
    if (intendedMs < firstMs) firstMs = intendedMs;
    if (intendedMs > lastMs) lastMs = intendedMs;
  }
  return Math.max(0, lastMs - firstMs) / 60_000;
}
