import { formatDuration, formatNumberOf, formatShare } from '../model/analysis/format.ts';
import type { RunRecord } from '../model/run-record.ts';
import { type Conclusion, type ConditionalCheck, defineCheck } from './conclusion.ts';

/** A condition may be without a value for this part of its samples: a scrape or a query may fail now and then. */
const BLIND_MAX = 0.2;

/**
 * Somebody could have stopped the run: every stop condition had values to look at. One that was blind protected nobody,
 * whatever came of it. Where one ended the run, it tells how soon it was safe again.
 */
export function stopConditions(): ConditionalCheck {
  const check = defineCheck(
    { name: 'stop-conditions', title: 'Stop conditions were watched', question: 'real' },
    conclude,
  );
  return { ...check, applies: ({ manifest }) => (manifest.stopConditions ?? []).length > 0 };
}

function conclude({ manifest }: RunRecord): Conclusion {
  const { stopConditions: watched = [], abort } = manifest;
  const blind = watched.filter(({ samples, blind: without }) => samples === 0 || without / samples > BLIND_MAX);
  const begun = abort?.undoBegunAtMs ?? null;
  const healed = abort?.healedAtMs ?? null;
  const observed =
    abort === undefined
      ? `none of ${formatNumberOf(watched.length, 'condition')} was breached`
      : `"${abort.condition}" ended the run: ${abort.seen}; undo began ${begun === null ? 'never' : `${formatDuration(begun - abort.breachedAtMs)} later`}, and everything was proven to be back ${healed === null ? 'never' : `${formatDuration(healed - abort.breachedAtMs)} after the breach`}`;
  return {
    expected: `every stop condition has a value in at least ${formatShare(1 - BLIND_MAX)} of its samples`,
    observed,
    violated: false,
    gaps: blind.map(({ condition, samples, blind: without }) =>
      samples === 0
        ? `"${condition}" was never looked at`
        : `"${condition}" had no value in ${formatShare(without / samples)} of its samples: nobody watched it`,
    ),
    sentences: {
      passed: `The stop conditions were watched: ${observed}.`,
      inconclusive: 'A stop condition was blind, so the run was not protected as it should have been',
    },
    measurements: [
      { name: 'conditions', value: watched.length, unit: 'count' },
      {
        name: 'breach-to-undo',
        value: abort === undefined || begun === null ? null : begun - abort.breachedAtMs,
        unit: 'ms',
      },
      {
        name: 'breach-to-healed',
        value: abort === undefined || healed === null ? null : healed - abort.breachedAtMs,
        unit: 'ms',
      },
    ],
    findings: watched.map(({ condition, samples, worst }) => ({
      summary: `${condition}: ${formatNumberOf(samples, 'sample')}, the worst ${worst === null ? 'unknown' : Math.round(worst * 1000) / 1000}`,
    })),
  };
}
