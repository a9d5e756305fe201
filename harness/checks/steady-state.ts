import { steadyLevel } from '../model/analysis/service-level.ts';
import type { Check } from '../model/experiment.ts';
import { defineCheck } from './conclusion.ts';
import { describeLevel } from './service.ts';
import { assessSteadyState } from './steady-before.ts';

/**
 * The steady-state hypothesis held before the fault, in every region. It is never `deviated`: a system that is unwell
 * before the fault proves nothing about the fault, so the run has no result, which is what `inconclusive` means.
 */
export function steadyState(): Check {
  return defineCheck(
    { name: 'steady-state', title: 'Steady before the fault', question: 'survive' },
    ({ manifest, ...rest }) => {
      const steady = assessSteadyState({ manifest, ...rest });
      const observed = steady?.observed ?? 'there was no steady-state phase';
      const problems = [...(steady?.shortfalls ?? []), ...(steady?.gaps ?? [])];
      return {
        expected: `before the fault, in every region: ${describeLevel(steadyLevel(manifest.objectives))}`,
        observed,
        violated: false,
        gaps: steady === null ? ['there was no steady-state phase'] : problems,
        sentences: {
          passed: `Before the fault ${observed}.`,
          inconclusive: 'The system was not steady before the fault, so nothing after it proves anything',
        },
        measurements: steady?.measurements ?? [],
      };
    },
  );
}
