import { formatList } from '../model/analysis/format.ts';
import type { Check } from '../model/experiment.ts';
import { defineCheck } from './conclusion.ts';

/** What every run sends through before the load begins. */
const PIPELINES = ['operations', 'traces', 'metrics'];

/** One of each kind of evidence was sent and seen to arrive before the load began. */
export function canary(): Check {
  return defineCheck({ name: 'canary', title: 'Evidence arrives', question: 'real' }, ({ manifest }) => {
    const names = [...new Set([...PIPELINES, ...manifest.canary.map(({ pipeline }) => pipeline)])];
    const gaps = names.flatMap((name) => {
      const sent = manifest.canary.filter(({ pipeline }) => pipeline === name);
      const lost = sent.find(({ seen }) => !seen);
      if (lost !== undefined) return [`the canary for ${name} did not arrive: ${lost.detail}`];
      return sent.length === 0 ? [`no canary was sent for ${name}`] : [];
    });
    return {
      expected: `one of each arrives before the load begins: ${formatList(PIPELINES)}`,
      observed:
        manifest.canary
          .map(({ pipeline, seen, detail }) => `${pipeline}: ${seen ? 'seen' : 'not seen'}, ${detail}`)
          .join('; ') || 'no canary was sent',
      violated: false,
      gaps,
      sentences: {
        passed: `A canary of each pipeline arrived before the load began: ${formatList(names)}.`,
        inconclusive: 'Evidence of the run may be missing',
      },
      measurements: [
        { name: 'pipelines-seen', value: names.length - gaps.length, unit: 'count', objective: names.length },
      ],
    };
  });
}
