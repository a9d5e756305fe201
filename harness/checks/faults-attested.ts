import type { Check } from '../model/experiment.ts';
import { summariseAttestation } from './attestation.ts';
import { defineCheck } from './conclusion.ts';

/**
 * Probes by another path than the injection found the system whole before the fault, and the fault in it afterwards.
 * Otherwise the run shows how the system behaves under something unknown.
 */
export function faultsAttested(): Check {
  return defineCheck({ name: 'faults-attested', title: 'The fault really happened', question: 'real' }, (record) => {
    const { gaps, findings, measurements, observed } = summariseAttestation(record, ['before', 'injected']);
    const faults = record.manifest.faults.map(({ title }) => title).join('; ');
    return {
      expected: 'probes by another path find nothing of the fault before it, and all of it once it is injected',
      observed,
      violated: false,
      gaps,
      sentences: {
        passed: `The fault really happened (${faults}): ${observed}.`,
        inconclusive: 'It is not proven that the fault really happened',
      },
      measurements,
      findings,
    };
  });
}
