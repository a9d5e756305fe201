import assert from 'node:assert/strict';
import type { Check } from '../../experiment.ts';
import type { RunRecord } from '../../run-record.ts';
import type { CheckStatus, CheckVerdict } from '../../verdict.ts';

/** Runs a check and expects its status; the message of a failure is what the check said. */
export function expectVerdict(check: Check, record: RunRecord, status: CheckStatus): CheckVerdict {
  const verdict = check.run(record);
  assert.equal(verdict.status, status, `${verdict.sentence} [${verdict.gaps.join('; ')}]`);
  assert.equal(verdict.check, check.name);
  if (status === 'passed') assert.deepEqual(verdict.gaps, [], 'a verdict with gaps must not pass');
  if (status === 'inconclusive') assert.ok(verdict.gaps.length > 0, 'what could not be seen is named');
  return verdict;
}

/** The value of a measurement with these labels. */
export function measured(
  { measurements }: CheckVerdict,
  name: string,
  labels: Record<string, string> = {},
): number | null | undefined {
  const found = measurements.find(
    (measurement) =>
      measurement.name === name &&
      Object.entries(labels).every(([label, value]) => measurement.labels?.[label] === value),
  );
  return found?.value;
}
