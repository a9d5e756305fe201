import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { loadGenerator } from './load-generator.ts';

function dropping(count: number, matches: (afterFaultMs: number) => boolean): RunRecord {
  const record = buildRecord();
  const some = record.operations.filter(({ intendedMs }) => matches(intendedMs - FAULT_MS)).slice(0, count);
  for (const operation of some) Object.assign(operation, { outcome: 'fail', error: 'dropped' });
  record.manifest.harness.generator!.dropped = some.length;
  return record;
}

describe('load-generator', () => {
  it('passes when the load was offered in time', () => {
    const verdict = expectVerdict(loadGenerator(), buildRecord(), 'passed');
    assert.equal(
      verdict.sentence,
      'The load was offered as planned: 4,680 operations offered, 2.5 ms late at the 99th percentile, 0 dropped, 0 of them before the fault.',
    );
  });

  it('is inconclusive when the generator was overloaded', () => {
    const record = buildRecord();
    record.manifest.harness.generator!.lagP99Ms = 50;
    expectVerdict(loadGenerator(), record, 'passed');
    record.manifest.harness.generator!.lagP99Ms = 51;
    const { gaps } = expectVerdict(loadGenerator(), record, 'inconclusive');
    assert.deepEqual(gaps, [
      'overloaded generator: operations started 51 ms late at the 99th percentile, at most 50 ms are allowed',
    ]);
  });

  it('is inconclusive when operations were dropped before the fault', () => {
    expectVerdict(
      loadGenerator(),
      dropping(1, (afterFaultMs) => afterFaultMs < 0),
      'passed',
    );
    expectVerdict(
      loadGenerator(),
      dropping(2, (afterFaultMs) => afterFaultMs < 0),
      'inconclusive',
    );
  });

  it('passes when clients were used up by the fault: that is what users felt', () => {
    const verdict = expectVerdict(
      loadGenerator(),
      dropping(200, (afterFaultMs) => afterFaultMs >= 0),
      'passed',
    );
    assert.equal(measured(verdict, 'dropped'), 200);
  });

  it('is inconclusive without statistics, without a lag, and without operations', () => {
    const record = buildRecord();
    record.manifest.harness.generator!.lagP99Ms = null;
    expectVerdict(loadGenerator(), record, 'inconclusive');
    record.manifest.harness.generator = null;
    expectVerdict(loadGenerator(), record, 'inconclusive');
    const idle = buildRecord();
    idle.operations = [];
    idle.manifest.harness.generator!.scheduled = 0;
    expectVerdict(loadGenerator(), idle, 'inconclusive');
  });

  it('is inconclusive when a part of the history is missing', () => {
    const record = buildRecord();
    record.operations.pop();
    assert.deepEqual(expectVerdict(loadGenerator(), record, 'inconclusive').gaps, [
      '1 operation of 4,680 missing from the history',
    ]);
  });
});
