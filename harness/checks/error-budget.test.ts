import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { refused } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';

import { errorBudget } from './error-budget.ts';

describe('error-budget', () => {
  it('states what the run used of a month', () => {
    const verdict = expectVerdict(errorBudget(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'The run used 0.05 min of the 432 min of total outage that a month at 99 % allows (0.01 %): 150 operations of 4,680 failed and 30 had an unknown outcome.',
    );
    assert.ok(Math.abs(measured(verdict, 'budget-used')! - 0.05) < 0.001);
  });

  it('counts a total outage by its length, and judges nothing', () => {
    const verdict = expectVerdict(
      errorBudget(),
      buildRecord({ behaviour: (planned) => refused(planned, planned.region) }),
      'passed',
    );
    assert.ok(Math.abs(measured(verdict, 'budget-used')! - 78 / 60) < 0.01);
  });

  it('has no share of nothing when no failure is allowed', () => {
    const record = buildRecord();
    record.manifest.objectives.availability = 1;
    assert.equal(measured(expectVerdict(errorBudget(), record, 'passed'), 'budget-used-share'), null);
  });

  it('is inconclusive without operations', () => {
    const verdict = expectVerdict(errorBudget(), { ...buildRecord(), operations: [] }, 'inconclusive');
    assert.equal(measured(verdict, 'budget-used'), null);
  });
});
