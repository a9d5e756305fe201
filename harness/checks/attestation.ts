import { formatCount, formatNumberOf } from '../model/analysis/format.ts';
import { type AttestationProbe, attestationStatus, type FaultRecord } from '../model/fault.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Finding, Measurement } from '../model/verdict.ts';

export type AttestationStage = keyof FaultRecord['attestation'];

const STAGE_WORDS: Readonly<Record<AttestationStage, string>> = {
  before: 'before the fault',
  injected: 'with the fault injected',
  undone: 'after the undo',
};

/** What the probes of some stages found over all faults. */
export interface AttestationSummary {
  /** Faults and stages that are not confirmed, in words. */
  gaps: string[];
  findings: Finding[];
  measurements: Measurement[];
  /** `84 of 84 probes confirmed it` */
  observed: string;
}

export function summariseAttestation({ manifest }: RunRecord, stages: readonly AttestationStage[]): AttestationSummary {
  const rounds = manifest.faults.flatMap(({ title, attestation }) =>
    stages.map((stage) => ({ title, stage, probes: attestation[stage] })),
  );
  const probes = rounds.flatMap((round) => round.probes);
  const confirmed = probes.filter(({ status }) => status === 'confirmed').length;
  return {
    gaps: manifest.faults.length === 0 ? ['no fault is recorded'] : rounds.flatMap(gapOf),
    findings: rounds.flatMap(({ stage, probes: asked }) =>
      asked.filter(isUnconfirmed).map((probe) => findingOf(probe, stage)),
    ),
    measurements: [
      { name: 'probes', value: probes.length, unit: 'count' },
      { name: 'probes-confirmed', value: confirmed, unit: 'count', objective: probes.length },
    ],
    observed: `${formatCount(confirmed)} of ${formatNumberOf(probes.length, 'probe')} confirmed it`,
  };
}

const isUnconfirmed = ({ status }: AttestationProbe) => status !== 'confirmed';

function gapOf({
  title,
  stage,
  probes,
}: {
  title: string;
  stage: AttestationStage;
  probes: AttestationProbe[];
}): string[] {
  if (attestationStatus(probes) === 'confirmed') return [];
  if (probes.length === 0) return [`${title}: nothing was probed ${STAGE_WORDS[stage]}`];
  const wrong = probes.filter(isUnconfirmed);
  const first = wrong[0]!;
  return [
    `${title}: ${formatCount(wrong.length)} of ${formatNumberOf(probes.length, 'probe')} ${STAGE_WORDS[stage]} did not find what they should, the first at ${first.subject} (${first.observed})`,
  ];
}

function findingOf(
  { subject, expectation, observed, status, atMs }: AttestationProbe,
  stage: AttestationStage,
): Finding {
  return {
    summary: `${subject} ${STAGE_WORDS[stage]}: expected that ${expectation}, found: ${observed} (${status})`,
    atMs,
  };
}
