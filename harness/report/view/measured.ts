import type { Measurement } from '../../model/verdict.ts';
import type { Judgement } from './conclusions.ts';

/** What a check measured, by the check's name and the measurement's; null when there is no value. */
export function measured({ verdicts }: Judgement, check: string, name: string): number | null {
  const verdict = verdicts.find((candidate) => candidate.check === check);
  const measurement = verdict?.measurements.find((candidate: Measurement) => candidate.name === name);
  return measurement?.value ?? null;
}
