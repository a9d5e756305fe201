import { formatCount } from '../model/analysis/format.ts';
import type { Check } from '../model/experiment.ts';
import { defineCheck } from './conclusion.ts';

/** The run went through to its end, and everything that it recorded could be read back. */
export function recordComplete(): Check {
  return defineCheck(
    { name: 'record-complete', title: 'The record is complete', question: 'real' },
    ({ manifest, operations, spans, events, gaps }) => {
      const size = `${formatCount(operations.length)} operations, ${formatCount(spans.length)} spans, ${formatCount(events.length)} events of the target`;
      return {
        expected: 'the run ends by itself, and every part of its record can be read',
        observed: gaps.length === 0 ? size : gaps.join('; '),
        violated: false,
        gaps: [
          ...gaps,
          ...(manifest.ending === null ? [] : [`the run did not go through: ${manifest.ending.reason}`]),
          ...(manifest.finishedAtMs === null ? ['nothing says when the run ended'] : []),
        ],
        sentences: { passed: `The record is complete: ${size}.`, inconclusive: 'The record is not complete' },
        measurements: [
          { name: 'operations', value: operations.length, unit: 'count' },
          { name: 'spans', value: spans.length, unit: 'count' },
        ],
      };
    },
  );
}
