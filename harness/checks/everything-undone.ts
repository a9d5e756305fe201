import type { Check } from '../model/experiment.ts';
import { summariseAttestation } from './attestation.ts';
import { defineCheck } from './conclusion.ts';

/**
 * Probes find nothing of the fault after the undo. If they do, what was measured afterwards is not recovery, and the
 * harness may be to blame as well as the target: inconclusive, never a verdict about the target.
 */
export function everythingUndone(): Check {
  return defineCheck({ name: 'everything-undone', title: 'Everything is back', question: 'real' }, (record) => {
    const { gaps, findings, measurements, observed } = summariseAttestation(record, ['undone']);
    return {
      expected: 'probes by another path find nothing of the fault after the undo',
      observed,
      violated: false,
      gaps,
      sentences: {
        passed: `Everything that was broken is back: ${observed}.`,
        inconclusive: 'It is not proven that the fault was taken back',
      },
      measurements,
      findings,
    };
  });
}
