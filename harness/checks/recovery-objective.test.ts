import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { expectVerdict, measured } from '../model/analysis/test-builders/expect-verdict.ts';
import { type Behaviour, handledWell, refused } from '../model/analysis/test-builders/operations-builder.ts';
import { buildRecord } from '../model/analysis/test-builders/record-builder.ts';
import { FAULT_MS } from '../model/analysis/test-builders/story-times.ts';
import type { RunRecord } from '../model/run-record.ts';

import { rtoReads } from './rto-reads.ts';
import { rtoWrites } from './rto-writes.ts';

/** One class of us-east fails for a while after the fault. */
function failing(kind: 'read' | 'write', untilMs: number): RunRecord {
  const behaviour: Behaviour = (planned) =>
    planned.region === 'us-east' &&
    planned.class === kind &&
    planned.afterFaultMs >= 0 &&
    planned.afterFaultMs < untilMs
      ? refused(planned, 'us-east')
      : handledWell(planned);
  return buildRecord({ behaviour });
}

describe('rto-writes and rto-reads', () => {
  it('pass with the time of each region', () => {
    const writes = expectVerdict(rtoWrites(), buildRecord(), 'passed');
    assert.equal(writes.sentence, 'Writes were back after 6 s in us-east and 6 s in us-west (objective 20 s).');
    const reads = expectVerdict(rtoReads(), buildRecord(), 'passed');
    assert.equal(
      reads.sentence,
      'Reads were back after 3 s in us-west, and within the objectives throughout in us-east (objective 10 s).',
    );
    assert.equal(measured(reads, 'rta', { region: 'us-west', class: 'read' }), 3000);
    assert.equal(reads.advice, undefined);
  });

  it('each look at their own class only', () => {
    expectVerdict(rtoReads(), failing('write', 39_000), 'passed');
    expectVerdict(rtoWrites(), failing('read', 39_000), 'passed');
  });

  it('pass exactly at the objective and deviate a step later', () => {
    expectVerdict(rtoWrites(), failing('write', 20_000), 'passed');
    const verdict = expectVerdict(rtoWrites(), failing('write', 20_100), 'deviated');
    assert.equal(verdict.sentence, 'Writes were back after 20.3 s in us-east and 6 s in us-west (objective 20 s).');
    assert.ok(verdict.advice?.includes('lease'));
  });

  it('deviate when service is not back, and link the last failure', () => {
    const record = failing('read', 40_000);
    const verdict = expectVerdict(rtoReads(), record, 'deviated');
    assert.equal(
      verdict.sentence,
      'Reads were back after 3 s in us-west, and not back in us-east in the 40 s until the hold ended (objective 10 s).',
    );
    const [finding] = verdict.findings;
    const failed = record.operations.find(({ traceId }) => traceId === finding?.traceId);
    assert.deepEqual([failed?.region, failed?.class, failed?.outcome], ['us-east', 'read', 'fail']);
    assert.ok(finding!.atMs! > FAULT_MS + 39_900);
  });

  it('are inconclusive when the hold was too short to prove that service stays away', () => {
    const record = failing('write', 40_000);
    record.manifest.phases.find(({ phase }) => phase === 'hold')!.endedAtMs = FAULT_MS + 24_900;
    const { gaps } = expectVerdict(rtoWrites(), record, 'inconclusive');
    assert.deepEqual(gaps, [
      'us-east: in the last 5 s of the hold still 0 % succeeded (objective 99 %), but the hold of 24.9 s is too short to tell, 25 s are needed',
    ]);
    record.manifest.phases.find(({ phase }) => phase === 'hold')!.endedAtMs = FAULT_MS + 25_000;
    expectVerdict(rtoWrites(), record, 'deviated');
  });

  it('stay deviated with the gap listed when one region is late and the other unknown', () => {
    const record = failing('read', 15_000);
    record.operations = record.operations.filter(
      ({ region, intendedMs }) => region === 'us-east' || intendedMs < FAULT_MS,
    );
    const verdict = expectVerdict(rtoReads(), record, 'deviated');
    assert.deepEqual(verdict.gaps, [
      'us-west: only 0 operations in the 5 s from 35 s after the fault, at least 5 are needed',
    ]);
  });

  it('are inconclusive without operations, without a fault and without regions', () => {
    expectVerdict(rtoReads(), { ...buildRecord(), operations: [] }, 'inconclusive');
    const calm = buildRecord();
    calm.manifest.faults = [];
    expectVerdict(rtoReads(), calm, 'inconclusive');
    const nowhere = buildRecord();
    nowhere.manifest.load = { ...nowhere.manifest.load, regions: {} };
    expectVerdict(rtoReads(), nowhere, 'inconclusive');
  });

  it('blame nothing on the fault when the system was not steady before it', () => {
    const behaviour: Behaviour = (planned) => refused(planned, planned.region);
    const verdict = expectVerdict(rtoWrites(), buildRecord({ behaviour }), 'inconclusive');
    assert.equal(
      verdict.sentence,
      'It is not known whether writes came back in time: the system was not steady before the fault (in us-east 0 % succeeded (objective 99 %)).',
    );
    assert.equal(verdict.advice, undefined);
  });
});
